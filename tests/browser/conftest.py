"""What a story needs: the running product, a browser, the far end of the mail, a fresh account."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser import database, stack, surfing
from tests.browser.houses import House, open_house
from tests.browser.postbox import Postbox
from tests.browser.surfing import PERSON, Watch

HERE = Path(__file__).parent
# pages that wait for workers on a busy machine
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The stories come last: Playwright's event loop and the processes end with the session."""
    ours = [item for item in items if HERE in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.browser)
    items[:] = [item for item in items if HERE not in item.path.parents] + ours


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    surfing.found_browser()
    with sync_playwright() as playwright:
        browser = surfing.launched(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def product(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[stack.Stack]:
    """The whole product on a database of its own, for all stories of the session."""
    surfing.found_browser()
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    name = f"test_{os.environ.get('TEST_DB', 'assent')}_browser{worker}"
    logs = tmp_path_factory.mktemp("product")
    urls = settings.DATABASE_URL, settings.REDIS_URL
    with stack.running(*urls, name=name, logs=logs) as running:
        yield running


@pytest.fixture
def site(product: stack.Stack, django_db_blocker: Any) -> Iterator[str]:
    """The address of the pages; the test itself may use the models, on the same database."""
    product.check()
    with django_db_blocker.unblock(), database.in_use(product.database):
        yield product.site
    product.check()


@pytest.fixture
def postbox(product: stack.Stack) -> Postbox:
    return product.postbox


@pytest.fixture
def watch() -> Iterator[Watch]:
    """No page breaks its policy, fails, or asks another host: checked when the story is over."""
    watch = Watch()
    yield watch
    watch.check()


@pytest.fixture
def new_page(chromium: Browser, site: str, watch: Watch) -> Iterator[Callable[..., Page]]:
    """A page of a browser of its own, as another person has it.

    `new_page(watched=False)` is a mail program: its mails lead elsewhere.
    """
    contexts: list[BrowserContext] = []

    def make(*, watched: bool = True, **options: Any) -> Page:
        context = chromium.new_context(
            base_url=site,
            user_agent=PERSON,
            locale="en-GB",
            reduced_motion="reduce",
            viewport={"width": 1360, "height": 900},
            **options,
        )
        context.set_default_timeout(PATIENCE_MS)
        if watched:
            watch.follow(context)
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page()


@pytest.fixture
def bikes(site: str) -> House:
    """A fresh account of a company in the United States."""
    return open_house("Acme Bikes", country="US")


@pytest.fixture
def lyon(site: str) -> House:
    """A fresh account of a company in France."""
    return open_house("Vélo Lyon", country="FR")
