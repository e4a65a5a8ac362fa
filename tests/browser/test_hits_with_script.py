"""hits.json in a real browser: a gateway with script stays on a leave page, and nobody has left."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from consent.models import ConsentRecord
from marketing.tenancy import use_account
from tests.cases.files import CASES
from tests.cases.hits_pages import Pages
from tests.cases.hits_telling import Told, other_account, tell

FILE = CASES / "hits.json"
pytestmark = pytest.mark.skipif(not FILE.exists(), reason=f"no hits.json in {CASES}")


def records_of(told: Told) -> int:
    with use_account(told.account):
        return ConsentRecord.objects.for_account(told.account).count()


def test_a_browser_that_waits_on_a_page_changes_nothing(
    new_page: Callable[..., Page], site: str
) -> None:
    """All pages of the file at once: the longest wait is waited once."""
    timelines = json.loads(FILE.read_text(encoding="ascii"))["timelines"]
    other, opened, longest = other_account(), [], 0
    for timeline in timelines:
        staying = [event for event in timeline["events"] if event.get("script")]
        told = tell(timeline, other) if staying else None
        for event in staying:
            assert told is not None
            page = new_page(extra_http_headers=event["headers"])
            answer = page.goto(told.path_of(event["recipient"], event["target"]))
            assert answer is not None
            assert answer.status == 200
            opened.append((page, page.url, told, event["recipient"]))
            longest = max(longest, event["wait_ms"])
    if not opened:
        pytest.skip("nobody stays on a page in this file")
    opened[0][0].wait_for_timeout(longest)
    for page, url, told, name in opened:
        assert page.url == url
        assert records_of(told) == told.records
        assert Pages(told).state_of(name) == told.starts[name]
