"""Links mailed to the address itself: what they may do, and that nothing else may do it."""

import io
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from consent.answering.links import PER_DAY
from consent.ledger.recording import append
from consent.ledger.suppressing import suppress
from consent.models import ConsentPrivate, ConsentRecord, ConsentRequest, FreshLink, Shown
from marketing.models import Account, Contact
from marketing.signing import choices_url, leave_url, request_leave_url, tokens
from marketing.tenancy import use_account
from tests.consent.making import make_entry, make_request, records_of, standing_of
from tests.making import make_account, make_contact


@pytest.fixture
def stranger() -> Client:
    return Client(enforce_csrf_checks=True, REMOTE_ADDR="198.51.100.24", HTTP_USER_AGENT="Safari")


@pytest.fixture
def mails(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """What is handed over to the queue: the far end of these pages."""
    found: list[dict[str, str]] = []
    for view in ("views", "views_fresh"):
        monkeypatch.setattr(f"consent.answering.{view}.hand_over_mail", lambda **m: found.append(m))
    return found


def path(url: str) -> str:
    return url.removeprefix("http://testserver")


def link_in(mail: dict[str, str]) -> str:
    found = re.search(r"http://testserver(/[mb]/\S+)", mail["text"])
    assert found
    return found[1]


def fresh_link(stranger: Client, mails: list[dict[str, str]], account: Account, who: Any) -> str:
    """Ask for the link on the page of a newsletter's own link, and take it out of the mail."""
    answer = stranger.post(path(choices_url(account.pk, 7, who.pk)), {"mail_link": "1"})
    assert b"a mail with the link is on its way" in answer.content
    return link_in(mails[-1])


def make_link(account: Account, contact: Contact, kind: str = "choices") -> str:
    now = timezone.now()
    with use_account(account):
        link = FreshLink.objects.create(
            account=account,
            address_hash=contact.address_hash,
            kind=kind,
            contact_id=contact.pk,
            made_at=now,
            expires_at=now + timedelta(hours=24),
        )
    place = "m" if kind == "choices" else "b"
    return f"/{place}/{tokens.make(kind, account.pk, link.pk)}"


def newsletter_of(account: Account) -> str:
    with use_account(account):
        standing = standing_of(account)
    return standing.newsletter if standing else ""


def test_the_link_is_mailed_to_the_address_and_shows_its_data(
    acme: Account, ana: Contact, stranger: Client, mails: list[dict[str, str]]
) -> None:
    url = fresh_link(stranger, mails, acme, ana)
    assert mails[0]["to"] == "ana@example.test"
    assert "24 hours" in mails[0]["text"]
    content = stranger.get(url).content.decode()
    assert "For ana@example.test, kept by Acme Bikes" in content
    assert "What was recorded about me" in content
    assert records_of(acme) == []


def test_opening_a_fresh_link_changes_nothing(
    acme: Account, ana: Contact, stranger: Client
) -> None:
    for kind in ("choices", "come_back"):
        url = make_link(acme, ana, kind)
        for query in ("", "?start=newsletter", "?start=tracking", "?erase=all", "?do=erase_all"):
            assert stranger.get(url + query).status_code == 200
            assert stranger.head(url + query).status_code == 200
    assert records_of(acme) == []
    with use_account(acme):
        assert Contact.objects.for_account(acme).count() == 1


def test_the_page_says_the_same_for_an_address_we_do_not_know(
    acme: Account, ana: Contact, stranger: Client, mails: list[dict[str, str]]
) -> None:
    with use_account(acme):
        request = make_request(acme, ana)
        ConsentRequest.objects.for_account(acme).update(address="")
        ana.delete()
    url = path(choices_url(acme.pk, 0, request.pk))
    answer = stranger.post(url, {"mail_link": "1"})
    assert b"If we know the address" in answer.content
    assert mails == []


def test_few_links_are_mailed_a_day(
    acme: Account, ana: Contact, stranger: Client, mails: list[dict[str, str]]
) -> None:
    url = path(choices_url(acme.pk, 7, ana.pk))
    for _ in range(PER_DAY + 2):
        stranger.post(url, {"mail_link": "1"})
        with use_account(acme):
            an_hour_ago = timezone.now() - timedelta(hours=1)
            FreshLink.objects.for_account(acme).update(made_at=an_hour_ago)
    assert len(mails) == PER_DAY


def test_a_second_press_at_once_mails_nothing_more(
    acme: Account, ana: Contact, stranger: Client, mails: list[dict[str, str]]
) -> None:
    for _ in range(2):
        fresh_link(stranger, mails, acme, ana)
    assert len(mails) == 1


def test_a_link_ends_after_24_hours(acme: Account, ana: Contact, stranger: Client) -> None:
    url = make_link(acme, ana)
    with use_account(acme):
        FreshLink.objects.for_account(acme).update(expires_at=timezone.now())
    for answer in (stranger.get(url), stranger.post(url, {"stop": "newsletter"})):
        assert answer.status_code == 404
        assert b"This link does not work any more" in answer.content
    assert records_of(acme) == []


def test_a_link_of_one_kind_or_account_says_nothing_elsewhere(
    acme: Account, velo: Account, ana: Contact, stranger: Client
) -> None:
    url = make_link(acme, ana)
    back = make_link(acme, ana, "come_back")
    with use_account(acme):
        link = FreshLink.objects.for_account(acme).filter(kind="choices").get()
    foreign = f"/m/{tokens.make('choices', velo.pk, link.pk)}"
    swapped = ["/b/" + url[3:], "/m/" + back[3:], foreign, "/m/nothing", f"{url}/seen/1"]
    for wrong in swapped:
        assert stranger.get(wrong).status_code == 404, wrong
        assert stranger.post(wrong, {"start": "newsletter"}).status_code == 404, wrong


def test_who_left_comes_back_by_the_button_in_the_mail_only(
    acme: Account, ana: Contact, stranger: Client, mails: list[dict[str, str]]
) -> None:
    leaving = path(leave_url(acme.pk, 7, ana.pk))
    left = stranger.post(leaving, {"leave": "1"})
    assert b"Send me a mail to come back" in left.content
    answer = stranger.post(leaving, {"come_back": "1"})
    assert b"Only the button in that mail" in answer.content
    assert newsletter_of(acme) == "unsubscribed"
    url = link_in(mails[0])
    assert url.startswith("/b/")
    page = stranger.get(url).content.decode()
    assert "May we send you our newsletter?" in page
    assert "ana@example.test" in page
    assert newsletter_of(acme) == "unsubscribed"
    assert stranger.post(url, {"start": "tracking"}).status_code == 400
    for _ in range(2):
        assert b"You are in" in stranger.post(url, {"start": "newsletter"}).content
    assert records_of(acme) == [
        ("withdrew", "newsletter", "footer_link"),
        ("agreed", "newsletter", "come_back"),
    ]
    assert newsletter_of(acme) == "agreed"


def test_the_mail_to_come_back_is_sent_once_for_each_leaving(
    acme: Account, ana: Contact, stranger: Client, mails: list[dict[str, str]]
) -> None:
    leaving = path(leave_url(acme.pk, 7, ana.pk))
    stranger.post(leaving, {"leave": "1"})
    for _ in range(3):
        stranger.post(leaving, {"come_back": "1"})
        with use_account(acme):
            FreshLink.objects.for_account(acme).update(made_at=timezone.now())
    assert len(mails) == 1


def test_a_new_yes_lifts_a_complaint_and_a_bounce_and_nothing_else(
    acme: Account, ana: Contact, stranger: Client
) -> None:
    with use_account(acme):
        for reason in ("complaint", "bounce", "member"):
            suppress(acme.pk, [bytes(ana.address_hash)], reason)
    stranger.post(make_link(acme, ana, "come_back"), {"start": "newsletter"})
    with use_account(acme):
        standing = standing_of(acme)
    assert standing is not None
    assert (standing.newsletter, standing.suppressed) == ("agreed", "member")


def test_a_fresh_link_switches_on_and_off(stranger: Client, db: None) -> None:
    account = make_account("Studio", country="FR", tracking=True)
    with use_account(account):
        lea = make_contact(account, "lea@example.test", country="FR")
        make_request(account, lea, state="refused")
        append(account.pk, [make_entry("refused", address="lea@example.test")])
    url = make_link(account, lea)
    content = stranger.get(url).content.decode()
    assert 'href="?start=newsletter"' in content
    assert (
        "May we send you our newsletter?"
        in stranger.get(url + "?start=newsletter").content.decode()
    )
    assert b"The newsletter is on again" in stranger.post(url, {"start": "newsletter"}).content
    assert b"Measuring is on" in stranger.post(url, {"start": "tracking"}).content
    assert b"Stopped. Nothing more" in stranger.post(url, {"stop": "tracking"}).content
    assert b"No more newsletters" in stranger.post(url, {"stop": "newsletter"}).content
    assert records_of(account)[1:] == [
        ("agreed", "newsletter", "preferences"),
        ("agreed", "tracking", "preferences"),
        ("withdrew", "tracking", "stop_tracking"),
        ("withdrew", "newsletter", "preferences"),
    ]
    assert stranger.post(url, {"start": "everything"}).status_code == 400


def test_the_text_that_was_seen_can_be_read_again_byte_for_byte(
    acme: Account, ana: Contact, stranger: Client
) -> None:
    with use_account(acme):
        request = make_request(acme, ana)
    asking = f"/c/{tokens.make('answer', acme.pk, request.pk)}"
    shown = stranger.get(asking).content
    stranger.post(asking, {"answer": "yes"})
    with use_account(acme):
        seq = ConsentRecord.objects.for_account(acme).get().seq
        kept = Shown.objects.for_account(acme).get()
    assert "ana@example.test" not in kept.content
    url = make_link(acme, ana)
    assert f"{url}/seen/{seq}" in stranger.get(url).content.decode()
    again = stranger.get(f"{url}/seen/{seq}")
    assert again.content == shown
    assert "sandbox" in again["Content-Security-Policy"]


def test_the_data_come_as_a_zip(acme: Account, ana: Contact, stranger: Client) -> None:
    with use_account(acme):
        make_request(acme, ana)
        append(acme.pk, [make_entry(ip="198.51.100.7", contact_id=ana.pk)])
    answer = stranger.post(make_link(acme, ana), {"do": "download"})
    assert answer["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert sorted(archive.namelist()) == ["your-data.html", "your-data.json"]
        for name in archive.namelist():
            text = archive.read(name).decode()
            for expected in ("ana@example.test", "198.51.100.7", "Winter bikes"):
                assert expected in text, (name, expected)
    assert records_of(acme) == [("agreed", "newsletter", "button")]


def test_what_was_measured_is_erased_and_stays_off(
    acme: Account, ana: Contact, stranger: Client
) -> None:
    answer = stranger.post(make_link(acme, ana), {"do": "erase"})
    assert b"Erased. Nothing more is recorded" in answer.content
    assert records_of(acme) == [("withdrew", "tracking", "stop_tracking")]


def test_never_write_again_speaks_of_the_question_not_of_a_newsletter(
    acme: Account, ana: Contact, stranger: Client
) -> None:
    with use_account(acme):
        request = make_request(acme, ana)
    url = path(request_leave_url(acme.pk, request.pk))
    page = stranger.get(url).content.decode()
    assert "Shall Acme Bikes never write to you again?" in page
    assert "Stop the newsletter?" not in page
    after = stranger.post(url, {"leave": "1"}).content.decode()
    assert "We will not write to you again" in after


def test_after_a_no_there_is_a_way_to_the_choices(
    acme: Account, ana: Contact, stranger: Client
) -> None:
    with use_account(acme):
        request = make_request(acme, ana)
    asking = f"/c/{tokens.make('answer', acme.pk, request.pk)}"
    answer = stranger.post(asking, {"answer": "no"})
    assert f'href="{choices_url(acme.pk, 0, request.pk)}"' in answer.content.decode()


def test_a_foreign_person_s_record_is_not_shown(
    acme: Account, ana: Contact, stranger: Client
) -> None:
    with use_account(acme):
        other = make_contact(acme, "bo@example.test")
        request = make_request(acme, other)
    stranger.post(f"/c/{tokens.make('answer', acme.pk, request.pk)}", {"answer": "yes"})
    assert stranger.get(f"{make_link(acme, ana)}/seen/1").status_code == 404
    with use_account(acme):
        assert ConsentPrivate.objects.for_account(acme).filter(kind="address").count() == 1
