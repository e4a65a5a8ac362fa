"""A thousand launches of random accounts over all countries agree with the straight-line gate."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from campaigns.launching.preparing import prepare
from campaigns.models import Campaign, Recipient
from consent.ledger.entries import Entry
from consent.ledger.recording import append
from marketing.audience.contacts import note_countries
from marketing.models import Account, Contact, CountryRule, RulesVersion, Segment, Sender
from marketing.tenancy import use_account
from tests.campaigns.launching_making import add_segment
from tests.consent.straight_gate import ASK, Sends, Someone, rules, straight_gate
from tests.making import make_account, make_contact, make_segment, make_sender

LAUNCHES, PARTS, PEOPLE, EACH = 1000, 10, 8, 5
LONG_AGO = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
LAW = rules()
COUNTRIES = [*(code for code in LAW if code != "*"), "VA", "LI"]
# happening -> event and act of its record
RECORDS = {
    "asked": ("asked", "request_mail"),
    "agreed": ("agreed", "button"),
    "refused": ("refused", "button"),
    "unsubscribed": ("withdrew", "one_click"),
    "withdrew": ("withdrew", "preferences"),
    "proof": ("imported", "import_proof"),
    "complaint": ("complained", "server"),
    "bounce": ("bounced", "server"),
    "member": ("blocked", "member"),
    "import": ("blocked", "import_claim"),
    "lifted": ("unblocked", "member"),
}


def someone(chance: random.Random, country: str) -> Someone:
    """A random person with a random past, silent more often than not."""
    who = Someone(country=country)
    who.basis = chance.choice(["", "", "existing_customer", "implied"])
    who.evidence = chance.choice(["order", "order", "account"]) if who.basis else ""
    who.attested = bool(who.basis) and chance.random() < 0.9
    today = timezone.now().date()
    ends = [today - timedelta(days=1), today, today + timedelta(days=90)]
    who.until = chance.choice([None, *ends]) if who.basis else None
    at = LONG_AGO
    for _ in range(chance.choice([0, 0, 0, 1, 1, 2, 3, 4])):
        at += timedelta(days=chance.randint(1, 20))
        what = chance.choice(list(RECORDS))
        more: Any = None
        if what == "proof":
            more = at + timedelta(days=chance.randint(-30, 0), hours=-1)
        elif what == "lifted":
            more = chance.choice(["complaint", "bounce", "member", "import"])
        who.happened.append((what, at, more))
    return who


def stored(account: Account, number: int, who: Someone) -> Contact:
    """The contact; call inside `use_account`."""
    return make_contact(
        account,
        f"p{number}@example.test",
        country=who.country,
        basis=who.basis,
        basis_evidence=who.evidence,
        basis_attested=who.attested,
        basis_until=who.until,
    )


def entries(contact: Contact, who: Someone) -> Iterator[Entry]:
    """The records of the person's past."""
    for what, at, more in who.happened:
        event, act = RECORDS[what]
        yield Entry(
            event=event,
            act=act,
            address_hash=bytes(contact.address_hash),
            at=at,
            proof_at=more if isinstance(more, datetime) else None,
            detail=more if isinstance(more, str) else "",
        )


def campaign_of(account: Account, *, asks: bool) -> Campaign:
    """Launched a moment ago, about to be prepared; call inside `use_account`."""
    version = RulesVersion.objects.order_by("-valid_from").first()
    assert version is not None
    campaign: Campaign = Campaign.objects.create(
        account=account,
        name="News",
        state="preparing",
        sender=Sender.objects.for_account(account).first() or make_sender(account),
        subject="News",
        track_opens=False,
        track_clicks=False,
        require_consent=asks,
        frozen_country=account.country,
        frozen_rules_version_id=version.pk,
        launched_at=timezone.now(),
    )
    segment = Segment.objects.for_account(account).first() or make_segment(account)
    add_segment(campaign, segment)
    return campaign


@pytest.mark.parametrize("part", range(PARTS))
def test_launches_agree_with_the_straight_gate(db: None, part: int) -> None:
    chance = random.Random(f"launches {part}")
    for _ in range(LAUNCHES // PARTS // EACH):
        account = make_account("Shop", country=chance.choice(COUNTRIES))
        people = populate(chance, account)
        for _ in range(EACH):
            _agrees(chance, account, people)


def populate(chance: random.Random, account: Account) -> dict[int, Someone]:
    """Random people of the account by contact id."""
    with use_account(account):
        nearby = [account.country, "US", "", chance.choice(COUNTRIES), chance.choice(COUNTRIES)]
        people = {}
        past: list[Entry] = []
        for number in range(PEOPLE):
            who = someone(chance, chance.choice(nearby))
            contact = stored(account, number, who)
            people[contact.pk] = who
            past += entries(contact, who)
        note_countries(account, [who.country for who in people.values()])
        append(account.pk, past)
    return people


def _agrees(chance: random.Random, account: Account, people: dict[int, Someone]) -> None:
    locked = CountryRule.objects.filter(country__in=[account.country, "*"]).order_by("-country")
    asks = locked[0].consent_locked or chance.random() < 0.3
    with use_account(account):
        campaign = campaign_of(account, asks=asks)
    prepare(account.pk, campaign.pk)
    sends = Sends(account.country, account.strict_unknown, asks, frozen=account.country)
    with use_account(account):
        rows = Recipient.objects.for_account(account).filter(campaign_id=campaign.pk)
        got = {row.contact_id: (row.verdict, row.reason) for row in rows}
    now = timezone.now()
    for number, who in people.items():
        expected = straight_gate(LAW, sends, who, now.date())
        assert got[number] == expected, (sends, who)
        # Each address is asked once: the next launch finds the question of this one.
        if expected[0] == ASK:
            who.happened.append(("asked", now, None))
