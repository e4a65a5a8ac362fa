"""What users of other newsletter programs reported, as what must be right here.

L2   test_pausing_and_resuming_ten_times_changes_nothing_for_anybody (tests/crash)
L5   test_the_page_names_whom_the_server_refused_and_only_retries_are_repeated
L6   test_with_the_server_away_nobody_counts_as_sent
L12  test_a_worker_killed_in_mid_run_misses_nobody_and_sends_nobody_two (tests/crash)
L21  test_only_the_button_confirms_and_pressing_it_again_changes_nothing
     and test_an_expired_link_gets_the_plain_answer (tests/consent/test_answering.py)
L29  test_one_file_in_five_spellings_imports_the_same_three_people
P17  test_a_test_mail_is_the_real_mail_but_for_marker_token_and_recipient
P19  test_a_yes_from_the_mailed_link_sticks_and_sends_no_second_question
P37  test_the_review_names_everybody_who_is_mailed_or_left_out
     and test_a_change_between_review_and_launch_shows_in_the_reasons
"""

import email
import email.policy
import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.launching.launch import launch
from campaigns.launching.preparing import prepare
from campaigns.launching.review import Review, review
from campaigns.models import Campaign, DueRecipient, Recipient, TestSend
from campaigns.sending import running, system_mails
from consent.ledger.suppressing import suppress
from consent.models import ConsentRecord, ConsentRequest
from marketing.models import Account, Contact, Member, Standing
from marketing.tenancy import use_account
from tests.campaigns import slices
from tests.campaigns.launching_making import give_standing, launched, make_draft, make_people
from tests.campaigns.sending_making import counts
from tests.consent.importing_files import people_of, run_import
from tests.crash.sink import Sink
from tests.mailwire import sink as wire
from tests.making import make_contact

SCANNERS = (
    "Mozilla/5.0 (compatible; LinkScanner/1.0)",
    "Barracuda Sentinel (EE)",
    "Mozilla/5.0 (Windows NT 10.0) Safe-Links-Preview",
    "curl/8.5.0",
    "python-requests/2.32",
)


@pytest.fixture(autouse=True)
def own_state(settings: Any, tmp_path: Any) -> Iterator[None]:
    settings.STATE_DIR = tmp_path
    settings.EMAIL_URL = ""
    running._engines.clear()
    yield
    for engine in running._engines.values():
        engine.close()
    running._engines.clear()


def recipients_page(client: Client, campaign: Campaign) -> str:
    url = reverse("tracking:recipients", args=[campaign.account_id, campaign.pk])
    return " ".join(client.get(url).content.decode().split())


# --- L5, L6: who was not mailed ---------------------------------------------------------------


def test_the_page_names_whom_the_server_refused_and_only_retries_are_repeated(
    acme: Account, emil: Member, as_member: Any, settings: Any
) -> None:
    people = make_people(acme, 5)
    campaign = launched(make_draft(acme, emil), emil)
    sink = Sink()
    sink.answers = {
        people[0].address: "550 5.1.1 no such user here",
        people[1].address: "550 5.7.1 not from you",
        people[2].address: "451 4.4.2 timed out",
    }
    with sink:
        settings.EMAIL_URL = sink.url
        slices.send_chunks()
        assert counts(campaign) == {"sent": 2, "failed": 2, "queued": 1}
        page = recipients_page(as_member(emil), campaign)
        for reply in ("no such user here", "not from you", "timed out"):
            assert reply in page
        with use_account(acme):
            rows = Recipient.objects.for_account(acme).order_by("contact_id")
            assert [row.attempts for row in rows] == [1] * 5
            DueRecipient.objects.for_account(acme).update(due_at=timezone.now())
        sink.answers = {}
        slices.send_due()
    assert counts(campaign) == {"sent": 3, "failed": 2}
    assert sink.copies() == {person.address: 1 for person in people[2:]}


def test_with_the_server_away_nobody_counts_as_sent(
    acme: Account, emil: Member, as_member: Any, settings: Any
) -> None:
    make_people(acme, 100)
    campaign = launched(make_draft(acme, emil), emil)
    settings.EMAIL_URL = Sink().url  # nobody listens there
    slices.send_chunks()
    assert counts(campaign) == {"queued": 100}
    page = as_member(emil).get(reverse("campaigns:overview", args=[acme.pk, campaign.pk]))
    assert "The mail server does not answer" in page.content.decode()


# --- L21, P19: confirming ---------------------------------------------------------------------


@pytest.fixture
def asked(acme: Account, emil: Member) -> tuple[ConsentRequest, str]:
    """One person who was asked, and the link of their mail."""
    make_people(acme, 1)
    launched(make_draft(acme, emil, require_consent=True), emil)
    slices.send_chunks()
    with use_account(acme):
        request = ConsentRequest.objects.for_account(acme).get()
    found = re.search(r"http://testserver(/c/[\w-]+)", str(mail.outbox[0].body))
    assert found is not None
    return request, found[1]


def newsletter(account: Account) -> list[str]:
    with use_account(account):
        rows = Standing.objects.for_account(account)
        return [str(row.newsletter) for row in rows if row.newsletter]


def events(account: Account) -> list[str]:
    with use_account(account):
        records = ConsentRecord.objects.for_account(account).order_by("seq")
        return [record.event for record in records if record.purpose == "newsletter"]


def test_only_the_button_confirms_and_pressing_it_again_changes_nothing(
    acme: Account, asked: tuple[ConsentRequest, str]
) -> None:
    _, link = asked
    for agent in SCANNERS:
        assert Client(headers={"user-agent": agent}).get(link).status_code == 200
    Client().get(f"{link}?answer=yes&confirm=true")
    Client().head(link)
    assert events(acme) == ["asked"]
    for _ in range(2):
        assert Client().post(link, {"answer": "yes"}).status_code < 400
    assert events(acme) == ["asked", "agreed"]


def test_a_yes_from_the_mailed_link_sticks_and_sends_no_second_question(
    acme: Account, emil: Member, asked: tuple[ConsentRequest, str]
) -> None:
    request, link = asked
    stranger = Client()
    stranger.post(link, {"answer": "yes"}, follow=True)
    slices.send_due()
    assert newsletter(acme) == ["agreed"]
    with use_account(acme):
        request.refresh_from_db()
        evidence = ConsentRecord.objects.for_account(acme).get(event="agreed")
    assert request.state == "agreed"
    assert evidence.text_version_id == request.text_version_id
    again = stranger.post(link, {"answer": "yes"}, follow=True)
    assert again.status_code == 200
    assert stranger.get(link).status_code == 200
    slices.send_due()
    slices.send_chunks()
    assert [message.subject for message in mail.outbox[1:]] == ["News from us"]
    launched(make_draft(acme, emil, require_consent=True, name="Next"), emil)
    slices.send_chunks()
    assert [message.subject for message in mail.outbox[2:]] == ["News from us"]
    assert events(acme) == ["asked", "agreed"]


# --- L29: one file in five spellings ----------------------------------------------------------

ROWS = ("ana@example.test;Ana", "jose@example.test;José", "ben@example.test;Ben")
FILES = {
    "UTF-8 with BOM, blanks and case in the header": "\ufeff Email ; First Name \r\n"
    + "\r\n".join(ROWS),
    "Windows-1252": "email;first name\r\n" + "\r\n".join(ROWS),
    "UTF-16 LE with BOM": "\ufeffemail;first name\r\n" + "\r\n".join(ROWS),
    "tabs": "email\tfirst name\n" + "\n".join(ROWS).replace(";", "\t"),
    "a line break in quotes": 'email;first name;note\n"ana@example.test";Ana;"one\ntwo"\n'
    + "\n".join(f"{row};-" for row in ROWS[1:]),
}
ENCODINGS = {"Windows-1252": "cp1252", "UTF-16 LE with BOM": "utf-16-le"}
CHOSEN = {"Windows-1252": "windows-1252"}


@pytest.mark.parametrize("name", FILES)
def test_one_file_in_five_spellings_imports_the_same_three_people(acme: Account, name: str) -> None:
    content = FILES[name].encode(ENCODINGS.get(name, "utf-8"))
    run_import(acme, content, encoding=CHOSEN.get(name, ""))
    people = people_of(acme)
    assert {key: contact.first_name for key, contact in people.items()} == {
        "ana@example.test": "Ana",
        "jose@example.test": "José",
        "ben@example.test": "Ben",
    }


def test_a_nul_byte_rejects_its_row_only(acme: Account) -> None:
    run_import(acme, "email;first name\nana@example.test;A\0na\nben@example.test;Ben\n")
    assert set(people_of(acme)) == {"ben@example.test"}


# --- P17: the test mail -----------------------------------------------------------------------


def shown(raw: bytes) -> tuple[dict[str, str], list[str]]:
    """Headers and decoded parts, each token as TOKEN."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    headers = {name: without_tokens(str(value)) for name, value in message.items()}
    for name in ("Date", "Message-ID"):
        assert headers.pop(name)
    headers["Content-Type"] = message.get_content_type()
    leaves = [part for part in message.walk() if not part.is_multipart()]
    return headers, [without_tokens(part.get_content()) for part in leaves]


def without_tokens(text: str) -> str:
    return re.sub(r"(/[up]/|u\+)[\w-]+", r"\1TOKEN", text)


def test_a_test_mail_is_the_real_mail_but_for_marker_token_and_recipient(
    acme: Account, emil: Member, settings: Any
) -> None:
    EmailAddress.objects.create(user=emil.user, email=emil.user.email, verified=True)
    with use_account(acme):
        make_contact(acme, emil.user.email, country="US")
    campaign = make_draft(acme, emil, track_opens=False, track_clicks=False)
    with use_account(acme):
        TestSend.objects.create(
            account=acme,
            campaign=campaign,
            address=emil.user.email,
            asked_at=timezone.now(),
            asked_by_id=emil.pk,
        )
    with wire.running(wire.Sink()) as sink:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{sink.port}"
        assert system_mails.send_tests(running.engine().transport) == 1
        launched(campaign, emil)
        slices.send_chunks()
        test, real = (shown(body) for body in sink.bodies)
    assert test[0].pop("X-Assent-Test") == "yes"
    assert test[0]["Subject"] == f"[Test] {real[0]['Subject']}"
    test[0]["Subject"] = real[0]["Subject"]
    assert test == real


# --- P37: the audience that is shown is the one that is mailed ------------------------------------


@pytest.fixture
def audience(acme: Account) -> list[Contact]:
    """Five to send to, one to ask, and one each who left, bounced and is blocked."""
    people = make_people(acme, 8)
    with use_account(acme):
        people.append(make_contact(acme, "greta@example.test", country="DE"))
        suppress(acme.pk, [bytes(people[5].address_hash)], "bounce")
        suppress(acme.pk, [bytes(people[6].address_hash)], "member")
    give_standing(people[7], newsletter="withdrew", newsletter_at=timezone.now())
    return people


def reviewed(campaign: Campaign, account: Account) -> Review:
    with use_account(account):
        return review(campaign, account)


def reasons_of(campaign: Campaign) -> dict[str, int]:
    """How many rows were never sent, by reason."""
    found: dict[str, int] = {}
    with use_account(campaign.account_id):
        rows = Recipient.objects.for_account(campaign.account_id).filter(campaign_id=campaign.pk)
        for row in rows:
            if row.verdict == 3 or row.closed_reason:
                reason = row.closed_reason or row.reason
                found[reason] = found.get(reason, 0) + 1
    return found


def test_the_review_names_everybody_who_is_mailed_or_left_out(
    acme: Account, emil: Member, audience: list[Contact]
) -> None:
    campaign = make_draft(acme, emil)
    before = reviewed(campaign, acme)
    assert (before.send, before.ask, before.never) == (5, 1, 3)
    launched(campaign, emil)
    slices.send_chunks()
    assert before.total == len(audience)
    assert counts(campaign) == {"sent": 5, "pending": 1, "never": 3}
    assert {line.code: line.count for line in before.reasons} == reasons_of(campaign)
    assert len(mail.outbox) == before.send + before.ask


def test_a_change_between_review_and_launch_shows_in_the_reasons(
    acme: Account, emil: Member, audience: list[Contact]
) -> None:
    campaign = make_draft(acme, emil)
    before = reviewed(campaign, acme)
    with use_account(acme):
        suppress(acme.pk, [bytes(audience[0].address_hash)], "complaint")
    launch(campaign, by=emil)
    prepare(acme.pk, campaign.pk)
    with use_account(acme):
        suppress(acme.pk, [bytes(audience[1].address_hash)], "complaint")
    slices.send_chunks()
    after = {line.code: line.count for line in before.reasons} | {"suppressed_complaint": 2}
    assert reasons_of(campaign) == after
    assert counts(campaign) == {"sent": before.send - 2, "pending": 1, "never": before.never + 2}
    with use_account(acme):
        late = Recipient.objects.for_account(acme).get(contact_id=audience[1].pk)
    assert late.closed_at is not None
    assert timezone.now() - late.closed_at < timedelta(minutes=1)
