"""What mail servers do, through the whole engine: the exact set of people each time, reasons kept.

One poisoned recipient never harms the next on the same connection.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from campaigns.models import Campaign, DueRecipient, Recipient
from campaigns.sending import running
from marketing.models import Account, Suppression
from marketing.tenancy import use_account
from tests.campaigns.sending_making import counts, make_planned, make_running
from tests.crash.sending_product import make_crowd
from tests.mailwire.scripted import EVERYTHING, Script, ScriptedSink, scripted

pytestmark = pytest.mark.django_db

PEOPLE = 200
NO_SUCH, FULL, LATER = "550 5.1.1 no such user", "552 5.2.2 mailbox full", "454 4.3.0 not now"
POISONED = frozenset({"p7@crowd.example"})


def number(address: str) -> int:
    return int(address[1:].partition("@")[0])


def sorted_out(address: str, asked: int) -> str:
    """30 % are put off once, one in a hundred does not exist, one has a full mailbox."""
    kind = number(address) % 100
    if kind < 30 and asked == 1:
        return LATER
    return {30: NO_SUCH, 31: FULL}.get(kind, "250 2.1.5 fine")


def refuses_one(address: str, asked: int) -> str:
    return NO_SUCH if address in POISONED else "250 2.1.5 fine"


@dataclass(frozen=True)
class Case:
    """A server, and the few whose outcome is not *sent*: what is stored of them."""

    script: Script
    others: dict[str, tuple[str, str]] = field(default_factory=dict)  # address: trouble, reply
    lines: int = 0  # at least so many connections


REFUSED = dict.fromkeys(POISONED, ("failed", NO_SUCH))
CASES = {
    "421 after every 40": Case(Script(busy_after=40), lines=5),
    "closes after every 5": Case(Script(close_after=5), lines=40),
    "drops after the dot for one person": Case(
        Script(drop_after_dot=POISONED), dict.fromkeys(POISONED, ("unknown", ""))
    ),
    "20 ms before each reply": Case(Script(delay=0.02)),
    "a greeting of several lines": Case(Script(greeting="220-sink\r\n220-says\r\n220 hello")),
    "refuses EHLO localhost": Case(Script(refused_names=frozenset({"localhost"}))),
    "RCPT refused while DATA answers 354": Case(
        Script(always_354=True, at_rcpt=refuses_one), REFUSED
    ),
    "no PIPELINING": Case(Script(extensions=EVERYTHING[1:], at_rcpt=refuses_one), REFUSED),
}


@pytest.fixture(autouse=True)
def own_state(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.STATE_DIR = tmp_path
    forget()
    yield
    forget()


def forget() -> None:
    for engine in running._engines.values():
        engine.close()
    running._engines.clear()


def launch(account: Account) -> Campaign:
    with use_account(account):
        campaign = make_running(account)
        make_planned(campaign, make_crowd(account, PEOPLE), size=50)
    return campaign


def send_all(campaign: Campaign) -> None:
    """Slice after slice, until nothing is left but what is to be tried later."""
    for _ in range(60):
        if not running.send_chunks(seconds=1.0):
            break


def rows_of(campaign: Campaign) -> dict[str, Recipient]:
    with use_account(campaign.account_id):
        rows = Recipient.objects.for_account(campaign.account_id).filter(campaign_id=campaign.pk)
        return {row.address: row for row in rows}


def sent(rows: dict[str, Recipient]) -> set[str]:
    return {address for address, row in rows.items() if row.sent_at is not None}


def taken(sink: ScriptedSink) -> list[str]:
    return sorted(mail.address for mail in sink.taken)


@pytest.mark.parametrize("name", CASES)
def test_the_exact_set_is_sent_and_reasons_are_kept(
    acme: Account, settings: Any, name: str
) -> None:
    case = CASES[name]
    with scripted(replace(case.script, keeps_octets=False)) as sink:
        settings.EMAIL_URL = sink.url
        campaign = launch(acme)
        send_all(campaign)
        rows = rows_of(campaign)
        assert sent(rows) == set(rows) - set(case.others)
        for address, (trouble, reply) in case.others.items():
            assert rows[address].trouble == trouble
            assert reply in rows[address].reply
        dropped = {who for who, (trouble, _) in case.others.items() if trouble == "unknown"}
        assert taken(sink) == sorted(sent(rows) | dropped), "each once, nobody else"
        assert sink.connections >= case.lines
    counts(campaign)


def test_a_third_is_put_off_once_and_two_in_a_hundred_are_refused(
    acme: Account, settings: Any
) -> None:
    with scripted(Script(at_rcpt=sorted_out, keeps_octets=False)) as sink:
        settings.EMAIL_URL = sink.url
        campaign = launch(acme)
        send_all(campaign)
        kinds = {address: number(address) % 100 for address in rows_of(campaign)}
        put_off = {address for address, kind in kinds.items() if kind < 30}
        unknown_users = {address for address, kind in kinds.items() if kind == 30}
        full = {address for address, kind in kinds.items() if kind == 31}
        first = rows_of(campaign)
        assert sent(first) == set(kinds) - put_off - unknown_users - full
        assert {who for who, row in first.items() if row.trouble == "retry"} == put_off | full
        assert {first[who].reply for who in put_off} == {LATER}
        assert counts(campaign) == {"sent": 136, "queued": 62, "failed": 2}

        with use_account(acme):
            DueRecipient.objects.for_account(acme).update(due_at=timezone.now())
        while running.send_due(seconds=1.0):
            pass
        last = rows_of(campaign)
        assert sent(last) == set(kinds) - unknown_users - full
        assert {last[who].reply for who in full} == {FULL}
        assert {(last[who].trouble, last[who].attempts) for who in full} == {("retry", 2)}
        assert {last[who].reply for who in unknown_users} == {NO_SUCH}
        assert counts(campaign) == {"sent": 196, "queued": 2, "failed": 2}
        assert taken(sink) == sorted(sent(last)), "each once, nobody else"
    with use_account(acme):
        blocked = Suppression.objects.for_account(acme).values_list("address_hash", flat=True)
        assert {bytes(each) for each in blocked} == {
            bytes(last[who].address_hash) for who in unknown_users
        }, "a full mailbox blocks nobody"
