"""A slice of sending, with Django's own mail backend as the far end."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from campaigns.composing.framing import Frame, only_if_given
from campaigns.launching.showing.overview import overview_of
from campaigns.models import Campaign, Chunk, DueRecipient, LinkTarget, Recipient
from campaigns.recipients import moving
from campaigns.sending import leasing, running
from campaigns.sending.addressing import message_id
from consent.ledger.suppressing import suppress
from marketing.models import Account, Contact, Standing
from marketing.tenancy import use_account
from tests.campaigns import slices
from tests.campaigns.sending_making import counts, make_people, make_planned, make_running


@pytest.fixture(autouse=True)
def own_state(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.STATE_DIR = tmp_path
    settings.EMAIL_URL = ""
    running._engines.clear()
    yield
    running._engines.clear()


def launch(account: Account, count: int, **fields: Any) -> tuple[Campaign, list[Contact]]:
    with use_account(account):
        campaign = make_running(account, **fields)
        people = make_people(account, count)
        make_planned(campaign, people, size=4)
    return campaign, people


def test_everybody_queued_gets_one_mail(acme: Account) -> None:
    campaign, _ = launch(acme, 10)
    slices.send_chunks()
    assert sorted(message.to[0] for message in mail.outbox) == sorted(
        f"p{n}@example.test" for n in range(1, 11)
    )
    assert counts(campaign) == {"sent": 10}
    slices.send_chunks()
    assert len(mail.outbox) == 10
    with use_account(acme):
        assert not Chunk.objects.for_account(acme).filter(done_at=None).exists()
        campaign.refresh_from_db()
        assert campaign.first_sent_at is not None


def test_the_mail_carries_its_ways_out(acme: Account) -> None:
    campaign, people = launch(acme, 1)
    slices.send_chunks()
    sent = mail.outbox[0]
    assert sent.subject == "News for P1"
    assert sent.body.startswith("Hello P1\nhttp://testserver/u/")
    headers = sent.extra_headers
    https, mailto = headers["List-Unsubscribe"].split(", ")
    assert https.startswith("<http://testserver/u/")
    assert mailto.startswith("<mailto:u+")
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["Precedence"] == "bulk"
    assert headers["Message-ID"] == message_id(acme.pk, campaign.pk, people[0].pk)
    assert sent.from_email.startswith("b+")
    assert headers["From"] == '"Acme Bikes" <news@acme.example>'


def test_who_was_suppressed_or_left_after_preparing_gets_nothing(acme: Account) -> None:
    campaign, people = launch(acme, 3)
    with use_account(acme):
        suppress(acme.pk, [bytes(people[0].address_hash)], "bounce")
        Standing.objects.create(
            account=acme, address_hash=people[1].address_hash, newsletter="withdrew"
        )
        people[2].delete()
    slices.send_chunks()
    assert mail.outbox == []
    assert counts(campaign) == {"never": 3}
    with use_account(acme):
        rows = Recipient.objects.for_account(acme).order_by("contact_id")
        assert [row.closed_reason for row in rows] == [
            "suppressed_bounce",
            "withdrew",
            "contact_deleted",
        ]


def test_a_paused_campaign_sends_nothing_and_goes_on_later(acme: Account) -> None:
    campaign, _ = launch(acme, 2)
    with use_account(acme):
        Campaign.objects.for_account(acme).update(state="paused")
    slices.send_chunks()
    assert counts(campaign) == {"queued": 2}
    with use_account(acme):
        Campaign.objects.for_account(acme).update(state="sending")
    slices.send_chunks()
    assert counts(campaign) == {"sent": 2}


def test_released_people_get_their_mail_through_the_small_queue(acme: Account) -> None:
    with use_account(acme):
        campaign = make_running(acme, require_consent=True, state="waiting")
        people = make_people(acme, 2)
        make_planned(campaign, people, verdict=2)
        Chunk.objects.for_account(acme).update(done_at=timezone.now())
        Standing.objects.create(
            account=acme, address_hash=people[0].address_hash, newsletter="agreed"
        )
    moving.release(acme.pk, [(campaign.pk, people[0].pk)])
    slices.send_due()
    assert [message.to for message in mail.outbox] == [["p1@example.test"]]
    assert counts(campaign) == {"sent": 1, "pending": 1}
    with use_account(acme):
        assert not DueRecipient.objects.for_account(acme).exists()


def test_a_mail_says_the_day_of_the_yes_that_the_ledger_has(acme: Account) -> None:
    with use_account(acme):
        why = Frame(company="", postal_address="", reason="A contact.", agreed="Agreed on").why
        campaign = make_running(acme, text=why)
        people = make_people(acme, 3)
        make_planned(campaign, people)
        for person, is_imported in zip(people, (False, True), strict=False):
            Standing.objects.create(
                account=acme,
                address_hash=person.address_hash,
                newsletter="agreed",
                newsletter_at=datetime(2026, 11, 26, 12, tzinfo=UTC),
                newsletter_imported=is_imported,
            )
    slices.send_chunks()
    said = {message.to[0]: message.body.strip() for message in mail.outbox}
    assert said == {
        "p1@example.test": "Agreed on 26 November 2026.",
        "p2@example.test": "A contact.",
        "p3@example.test": "A contact.",
    }


def test_campaign_mails_wait_for_sending_hours(acme: Account) -> None:
    campaign, _ = launch(acme, 1)
    local = timezone.localtime()
    Account.objects.update(
        sending_from=local.replace(hour=(local.hour + 2) % 24, minute=0).time(),
        sending_until=local.replace(hour=(local.hour + 3) % 24, minute=0).time(),
    )
    slices.send_chunks()
    assert counts(campaign) == {"queued": 1}
    Account.objects.update(sending_from=None, sending_until=None)
    slices.send_chunks()
    assert counts(campaign) == {"sent": 1}


def test_only_who_may_be_tracked_gets_picture_and_tracked_links(acme: Account) -> None:
    link = '<a href="https://shop.example/?a={{ contact.first_name }}&amp;b=1">Buy</a>'
    picture = only_if_given("pixel_url", '<img src="{{ pixel_url }}">')
    with use_account(acme):
        campaign = make_running(acme, html=picture + link, track_opens=True, track_clicks=True)
        people = make_people(acme, 2)
        make_planned(campaign, people)
        campaign.links.create(
            account=acme,
            number=1,
            target="https://shop.example/?a={{ contact.first_name }}&b=1",
            label="Shop",
            has_merge_tags=True,
        )
        Standing.objects.create(account=acme, address_hash=people[1].address_hash, tracking="no")
    slices.send_chunks()
    outbox: list[Any] = mail.outbox
    bodies = {message.to[0]: str(message.alternatives[0][0]) for message in outbox}
    assert "/pixel/" in bodies["p1@example.test"]
    assert 'href="http://tracking.testserver/link/' in bodies["p1@example.test"]
    assert bodies["p2@example.test"] == link.replace("{{ contact.first_name }}", "P2")
    with use_account(acme):
        targets = LinkTarget.objects.for_account(acme)
        assert [(row.contact_id, row.target) for row in targets] == [
            (people[0].pk, "https://shop.example/?a=P1&b=1")
        ]
        measured = Recipient.objects.for_account(acme).order_by("contact_id")
        assert [row.measured_opens for row in measured] == [True, False]
    assert counts(campaign) == {"sent": 2}


def test_requests_leave_before_the_campaigns_own_mails(acme: Account) -> None:
    campaign, _ = launch(acme, 1)
    with use_account(acme):
        Chunk.objects.create(
            account_id=acme.pk, campaign_id=campaign.pk, number=0, kind="request", lo=1, hi=9
        )
        first = leasing.lease_chunk(acme.pk)
        assert first is not None
        assert first.kind == "request"
        assert leasing.lease_chunk(acme.pk) is None
        leasing.release(first, done=True)
        second = leasing.lease_chunk(acme.pk)
        assert second is not None
        assert second.kind == "mail"


def test_the_page_says_that_the_server_is_away(acme: Account, settings: Any) -> None:
    campaign, _ = launch(acme, 2)
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    slices.send_chunks()
    slices.send_chunks()
    assert counts(campaign) == {"queued": 2}
    with use_account(acme):
        shown = overview_of(campaign, acme)
    assert shown.headline == "The mail server does not answer"
    assert len(shown.happened) == 1


def test_accounts_take_turns(acme: Account, velo: Account) -> None:
    for account, count in ((acme, 12), (velo, 4)):
        with use_account(account):
            campaign = make_running(account)
            make_planned(campaign, make_people(account, count, country="US"), size=4)
    rota = leasing.Rota()
    turns = [rota.lease() for _ in range(5)]
    assert [lease and lease.account_id for lease in turns] == [
        acme.pk,
        velo.pk,
        acme.pk,
        acme.pk,
        None,
    ]
