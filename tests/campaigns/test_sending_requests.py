"""Consent requests through the same pipeline as every mail."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import OperationalError
from django.utils import timezone

from campaigns.models import Campaign, Chunk, DueRecipient, Recipient, TestSend
from campaigns.sending import leasing, running, system_mails
from campaigns.sending.asking import RequestWork
from campaigns.sending.compiling import compiled
from campaigns.sending.deciding import delay_after, is_life_over
from consent.asking import requests
from consent.forms.versions import standard_form
from consent.models import ConsentPrivate, ConsentRecord, ConsentRequest
from mailwire.outcomes import Kind, Outcome
from marketing.models import Account, Contact, Member, Standing
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


def ask(account: Account, count: int) -> tuple[Campaign, list[Contact]]:
    with use_account(account):
        form = standard_form(account)
        campaign = make_running(account, require_consent=True, consent_form=form)
        people = make_people(account, count)
        make_planned(campaign, people, verdict=2)
        Chunk.objects.for_account(account).update(done_at=timezone.now())
        ids = (people[0].pk, people[-1].pk)
        requests.open_for(account.pk, campaign.pk, form_id=form.pk, contacts=ids)
        Chunk.objects.create(
            account_id=account.pk,
            campaign_id=campaign.pk,
            number=0,
            kind="request",
            lo=ids[0],
            hi=ids[1],
        )
    return campaign, people


def test_each_person_is_asked_once_and_it_is_recorded(acme: Account) -> None:
    campaign, people = ask(acme, 3)
    slices.send_chunks()
    slices.send_chunks()
    assert sorted(message.to[0] for message in mail.outbox) == [
        "p1@example.test",
        "p2@example.test",
        "p3@example.test",
    ]
    assert mail.outbox[0].extra_headers["Auto-Submitted"] == "auto-generated"
    assert counts(campaign) == {"pending": 3}
    with use_account(acme):
        asked = ConsentRequest.objects.for_account(acme).get(contact_id=people[0].pk)
        assert asked.state == "asked"
        own = next(message for message in mail.outbox if message.to == ["p1@example.test"])
        assert asked.message_id == own.extra_headers["Message-ID"]
        assert ConsentRecord.objects.for_account(acme).filter(event="asked").count() == 3
        assert not Chunk.objects.for_account(acme).filter(done_at=None).exists()


class Interrupted(RequestWork):
    """The database ends the first attempt to write: a deadlock, a restart."""

    faults = 1

    def _check_fence(self) -> None:
        if self.faults:
            self.faults -= 1
            raise OperationalError("deadlock detected")
        super()._check_fence()


def test_the_mail_itself_is_kept_as_evidence_when_only_the_second_writing_succeeds(
    acme: Account,
) -> None:
    ask(acme, 1)
    lease = leasing.lease_chunk(acme.pk)
    assert lease is not None
    campaign = compiled(acme.pk, lease.campaign_id)
    assert campaign is not None
    work = Interrupted(lease, campaign)
    [person] = work.load(lease.lo - 1, 10).people
    work.prepare([person])
    work.letter(person)
    results = [work.result(person, Outcome(kind=Kind.ACCEPTED, code=250, text="250 Yes"))]
    with pytest.raises(OperationalError):
        work.settle(results)
    work.settle(results)
    with use_account(acme):
        assert ConsentPrivate.objects.filter(account=acme, kind="mail").count() == 1


def test_nobody_is_asked_who_left_or_agreed_meanwhile(acme: Account) -> None:
    campaign, people = ask(acme, 2)
    with use_account(acme):
        for person, word in zip(people, ("withdrew", "agreed"), strict=True):
            Standing.objects.create(account=acme, address_hash=person.address_hash, newsletter=word)
    slices.send_chunks()
    assert mail.outbox == []
    assert counts(campaign) == {"never": 1, "queued": 1}
    with use_account(acme):
        states = ConsentRequest.objects.for_account(acme).values_list("state", flat=True)
        assert list(states) == ["taken_back", "taken_back"]
        assert DueRecipient.objects.for_account(acme).get().contact_id == people[1].pk


def test_people_of_a_country_that_tightened_are_held_and_asked(acme: Account) -> None:
    with use_account(acme):
        campaign = make_running(acme)
        people = make_people(acme, 1, country="DE")  # locked, but prepared as if it were not
        make_planned(campaign, people)
    slices.send_chunks()
    assert mail.outbox == []
    assert counts(campaign) == {"pending": 1}
    slices.send_due()
    assert [message.to for message in mail.outbox] == [["p1@example.test"]]
    with use_account(acme):
        assert Recipient.objects.for_account(acme).get().trouble == "asked"
        assert ConsentRequest.objects.for_account(acme).get().state == "asked"


def test_only_who_is_held_is_asked_anew(acme: Account) -> None:
    """Whoever stands between them and could not be reached is not asked a second time."""
    with use_account(acme):
        campaign = make_running(acme)
        people = make_people(acme, 3, country="DE")
        make_planned(campaign, [people[0], people[2]])
        make_planned(campaign, [people[1]], verdict=2)
        requests.open_for(acme.pk, campaign.pk, form_id=None, contacts=(people[1].pk, people[1].pk))
        made = ConsentRequest.objects.for_account(acme)
        made.update(state="not_delivered")
    slices.send_chunks()
    slices.send_due()
    assert sorted(message.to[0] for message in mail.outbox) == [
        "p1@example.test",
        "p3@example.test",
    ]
    with use_account(acme):
        assert list(made.order_by("contact_id").values_list("state", flat=True)) == [
            "asked",
            "not_delivered",
            "asked",
        ]


def test_the_plan_of_retries_ends_with_the_life_of_the_mail() -> None:
    assert [delay_after(n, slowly=False).total_seconds() / 60 for n in range(1, 7)] == [
        10, 30, 60, 120, 240, 240,
    ]  # fmt: skip
    for kind, hours in (("mail", 72), ("request", 24)):
        last = next(n for n in range(1, 100) if is_life_over(n, kind))
        spent = sum(delay_after(n, slowly=False).total_seconds() for n in range(1, last))
        assert hours - 4 <= spent / 3600 <= hours


def test_a_test_mail_goes_to_a_members_confirmed_address_only(acme: Account, emil: Member) -> None:
    EmailAddress.objects.create(user=emil.user, email=emil.user.email, verified=True)
    with use_account(acme):
        campaign = make_running(acme)
        for address in (emil.user.email, "stranger@example.test"):
            campaign_test = {"campaign": campaign, "address": address, "asked_by_id": emil.pk}
            TestSend.objects.create(account=acme, asked_at=timezone.now(), **campaign_test)
    assert system_mails.send_tests(running.engine().transport) == 2
    assert [(message.to[0], message.subject) for message in mail.outbox] == [
        (emil.user.email, "[Test] News for")
    ]
    assert system_mails.send_tests(running.engine().transport) == 0
