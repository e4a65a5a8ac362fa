"""Recipients as a file: what is on screen under the same filters, with the words explained."""

import csv
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.models import Campaign
from marketing.exporting.running import file_of
from marketing.models import Account, Contact, Export, Member
from marketing.tenancy import use_account
from tests.tracking.making import PROXY, make_event, make_sent_campaign
from tests.tracking.test_recipients_tab import make_cast
from tracking.folding.working import fold_all
from tracking.statistics.exporting import begin_export, make_export
from tracking.statistics.filters import Filters


@pytest.fixture(autouse=True)
def state_dir(settings: Any, tmp_path: Path) -> Path:
    settings.STATE_DIR = tmp_path
    return tmp_path


def rows_of(campaign: Campaign, by: Member, **filters: Any) -> list[dict[str, str]]:
    """The file of these filters: definitions first, each row by the names of its columns."""
    with use_account(by.account):
        export = begin_export(by, campaign, Filters(**filters))
    make_export(by.account_id, export.pk)
    with use_account(by.account):
        export.refresh_from_db()
    path = file_of(export)
    assert path is not None
    with path.open(encoding="utf-8-sig", newline="") as file:
        definitions, names, *rows = csv.reader(file)
    return [dict(zip(names, row, strict=True)) for row in (definitions, *rows)]


@pytest.fixture
def cast(acme: Account) -> Campaign:
    """Ten people in six states; Sara opened by a proxy."""
    with use_account(acme):
        campaign, people = make_cast(acme)
        make_event(campaign, people["Sara Sent"], agent=PROXY)
    fold_all(seconds=60)
    return campaign


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"status": "sent"},
        {"status": "never_sent"},
        {"status": "never_sent", "reason": "refused"},
        {"status": "queued", "q": "rea"},
        {"opened": "proxy"},
        {"opened": "not_measured"},
        {"clicked": "none"},
    ],
)
def test_file_equals_the_screen_under_the_same_filters(
    as_member: Any, rita: Member, cast: Campaign, filters: dict[str, str]
) -> None:
    url = reverse("tracking:recipients", args=[cast.account_id, cast.pk])
    lines = as_member(rita).get(url, filters).context["lines"]
    _, *rows = rows_of(cast, rita, **filters)
    assert [
        (row["name"], row["email"], row["status"], row["consent"]) for row in rows
    ] == [
        (line.title, line.address, line.state.label, line.consent) for line in lines
    ]  # fmt: skip
    assert lines
    for name in ("opened", "clicked"):
        shown = [getattr(line, name) for line in lines]
        said = [row[name] if row[name] not in ("No", "") else "–" for row in rows]
        assert said == shown, name


def test_cells_say_reasons_dates_and_the_servers_words(rita: Member, cast: Campaign) -> None:
    said = {row["name"]: row for row in rows_of(cast, rita)[1:]}
    assert said["Sara Sent"]["received"] == "2024-06-02 09:00"
    assert (said["Sara Sent"]["opened"], said["Sara Sent"]["clicked"]) == ("Proxy only", "No")
    assert said["Nora Notmeasured"]["opened"] == "Not measured"
    assert said["Quin Queued"]["opened"] == ""
    refused = said["Rob Refused"]
    assert (refused["reason"], refused["reason_at"]) == ("Refused", "2024-06-02 09:00")
    assert said["Fay Failed"]["server_said"] == "550 5.1.1 No such mailbox"
    assert said["Ula Unknown"]["reason"] == "The line broke before the reply"


def test_first_row_defines_the_words_and_says_campaign_filters_and_time(
    rita: Member, cast: Campaign
) -> None:
    definitions = rows_of(cast, rita, status="never_sent", reason="refused", q="rob")[0]
    assert definitions["status"].startswith("Sent: the receiving server accepted the mail")
    assert "Yes: a person loaded the picture" in definitions["opened"]
    assert "Not measured: this person had not allowed tracking" in definitions["clicked"]
    scope = definitions["campaign"]
    assert "these are: Autumn. Filters: Status: Never sent; Reason: Refused" in scope
    assert "Search: “rob”. Read 20" in scope
    assert scope.endswith(f"all times are of {rita.account.time_zone}")


def test_hostile_name_is_no_formula_in_the_file(rita: Member) -> None:
    acme = rita.account
    with use_account(acme):
        campaign, (ana,) = make_sent_campaign(acme, people=1)
        Campaign.objects.for_account(acme).filter(pk=campaign.pk).update(name="=1+1")
        Contact.objects.for_account(acme).filter(pk=ana.pk).update(first_name="=HYPERLINK(1)")
        campaign.refresh_from_db()
    definitions, row = rows_of(campaign, rita)
    assert row["name"] == "'=HYPERLINK(1)"
    assert row["campaign"] == "'=1+1"
    assert not any(text.startswith("=") for text in definitions.values())


def test_viewer_asks_for_a_file_and_gets_it_by_the_toast(
    as_member: Any, rita: Member, cast: Campaign
) -> None:
    client, ids = as_member(rita), [cast.account_id, cast.pk]
    shown = f"{reverse('tracking:recipients', args=ids)}?status=sent"
    page = client.get(shown).content.decode()
    assert "Export these rows" in page
    assert '<input type="hidden" name="status" value="sent">' in page
    answer = client.post(reverse("tracking:recipients_export", args=ids), {"status": "sent"})
    assert answer.headers["Location"] == shown
    with use_account(rita.account):
        export = Export.objects.for_account(rita.account).get()
    make_export(rita.account_id, export.pk)
    where = [cast.account_id, export.pk]
    assert reverse("marketing:export", args=where) in client.get(shown).content.decode()
    file = client.get(reverse("marketing:export_file", args=where))
    text = b"".join(file.streaming_content).decode("utf-8-sig")
    assert "sara.sent@example.test" in text
    assert "quin.queued@example.test" not in text


def test_stranger_gets_404_and_nothing_is_begun(
    as_member: Any, rita: Member, rolf: Member, cast: Campaign
) -> None:
    with use_account(rita.account):
        export = begin_export(rita, cast, Filters())
    make_export(rita.account_id, export.pk)
    client = as_member(rolf)
    for account in (rita.account_id, rolf.account_id):
        url = reverse("tracking:recipients_export", args=[account, cast.pk])
        assert client.post(url).status_code == 404
        url = reverse("marketing:export_file", args=[account, export.pk])
        assert client.get(url).status_code == 404
    with use_account(rita.account):
        assert Export.objects.for_account(rita.account).count() == 1
    with use_account(rolf.account):
        assert not Export.objects.for_account(rolf.account).exists()


def test_nobody_is_lost_between_batches_and_each_costs_the_same(
    rita: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four batches of 2, two of 4, one of 10: the same statements for each, however large."""
    with use_account(rita.account):
        campaign, contacts = make_sent_campaign(rita.account, people=7)
    counts = []
    for size in (2, 4, 10):
        monkeypatch.setattr("tracking.statistics.exporting.BATCH", size)
        with CaptureQueriesContext(connection) as caught:
            rows = rows_of(campaign, rita, status="sent", opened="measured")
        assert [row["email"] for row in rows[1:]] == [contact.address for contact in contacts]
        counts.append(len(caught))
    four, two, one = counts
    assert four - two == 2 * (two - one)
