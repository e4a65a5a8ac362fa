"""The one question before mail leaves: how many of these may go now? And what became of them.

    grant = take(Ask(account_id=7, sender="news@acme.test", wanted={"google.com": 60, "x.test": 3}))
    # send at most grant.allowed[group] of each group; ask for the rest at grant.ask_again_at
    give_back(grant, {"google.com": 2})     # taken, but not handed over after all
    ended(grant, [("google.com", outcome), ...])   # each time outcomes are marked

Redis away: nothing is sent faster than allowed, so nothing is allowed.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from campaigns.sending import workers
from campaigns.sending.rates import adapting, days, windows
from campaigns.sending.rates.adapting import Heard
from campaigns.sending.rates.limits import Limits, limits_of
from campaigns.sending.rates.storing import StoreAway
from mailwire.outcomes import Kind, Outcome, Stage

AWAY = timedelta(seconds=2)
ASK_AGAIN = timedelta(seconds=30)
SHARED_ROUTE = "shared"  # the operator's relays

_log = logging.getLogger(__name__)
_BEFORE_RECIPIENT = {Stage.CONNECT, Stage.HELLO, Stage.MAIL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """So many mails of one account and sender, by receiving group (see groups.groups_of).

    `route` names the way out ("shared", or "account-7" for an account's own relay). `is_request`:
    consent requests, which no promotion delays. Login mails ask nobody.
    """

    account_id: int
    sender: str
    wanted: Mapping[str, int]
    route: str = SHARED_ROUTE
    is_request: bool = False
    is_direct: bool = False  # handed to the receivers' own MX


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """How many of each group may leave now, and when to ask for the others (None: all may).

    `why` is a sentence for people: "Daily limit of 5,000 reached".
    """

    ask: Ask
    allowed: Mapping[str, int]
    at: datetime
    not_before: datetime | None = None
    why: str = ""
    slots: Mapping[str, int] = field(default_factory=dict)
    day: date | None = None
    day_names: tuple[days.Number, ...] = ()

    @property
    def total(self) -> int:
        """How many may leave now."""
        return sum(self.allowed.values())

    @property
    def ask_again_at(self) -> datetime | None:
        """When to ask for the others; not only tomorrow, a limit may be raised any minute."""
        soon = self.at + ASK_AGAIN
        return min(self.not_before, soon) if self.not_before else None


@dataclass(slots=True)
class _Answer:
    """A grant in the making: what each step leaves of it, and the earliest next moment."""

    allowed: dict[str, int]
    not_before: datetime | None = None
    why: str = ""

    def held(self, until: datetime, why: str) -> None:
        """Something has to wait; the earliest moment that helps anybody is told."""
        if self.not_before is None or until < self.not_before:
            self.not_before, self.why = until, why


def take(ask: Ask) -> Grant:
    """Take what may leave now from every limit; never raises for a Redis that is away.

    Blocking: a query per two seconds, Redis where anything is limited, the database where a day is.
    """
    now = timezone.now()
    limits = limits_of(ask.account_id)
    answer = _Answer({group: number for group, number in ask.wanted.items() if number > 0})
    try:
        _admit(ask, answer, now)
        slots = _take_windows(ask, limits, answer, now)
    except StoreAway as away:
        _log.warning("Redis does not answer, nothing is sent: %s", away)
        return Grant(
            ask=ask,
            allowed={},
            not_before=now + AWAY,
            why="The store of rates does not answer",
            at=now,
        )
    day = limits.today(now)
    names = _take_day(ask, limits, answer, slots)
    return Grant(
        ask=ask,
        allowed=answer.allowed,
        not_before=answer.not_before,
        why=answer.why,
        slots=slots,
        day=day,
        day_names=names,
        at=now,
    )


def give_back(grant: Grant, unused: Mapping[str, int]) -> None:
    """Mails that were taken and did not leave: the verdict had grown old, the slice was over."""
    number = sum(unused.values())
    if number <= 0:
        return
    if grant.day is not None:
        days.give_back(grant.ask.account_id, grant.day, grant.day_names, unused=number)
    limits = limits_of(grant.ask.account_id)
    _undo(grant.ask, limits, grant.slots, unused)


def ended(grant: Grant, results: Iterable[tuple[str, Outcome]]) -> None:
    """Tell what became of mails of this grant: receivers that slow us down are held back.

    Cheap while nobody does: one look at Redis a second. Redis away: the next answer will tell.
    """
    ask = grant.ask
    heard = _heard(results, is_direct=ask.is_direct)
    slowing = any(it.busy or it.distrusts for it in heard.values())
    try:
        if slowing or adapting.is_slowing(ask.route):
            adapting.heard(ask.route, heard, worker=workers.worker_name(), full=_full())
    except StoreAway as away:
        _log.warning("Redis does not answer, what receivers said is not kept: %s", away)


def _admit(ask: Ask, answer: _Answer, now: datetime) -> None:
    """Leave out what slowed groups do not take now."""
    if not adapting.is_slowing(ask.route):
        return
    admitted = adapting.admit(ask.route, answer.allowed, worker=workers.worker_name())
    for group, (number, wait) in admitted.items():
        if number < answer.allowed[group]:
            answer.allowed[group] = number
            answer.held(now + timedelta(seconds=wait), f"{group} asks us to be slow")


def _take_windows(ask: Ask, limits: Limits, answer: _Answer, now: datetime) -> dict[str, int]:
    """Take from windows; returns where each of them wrote it down."""
    shared = limits.windows(ask.route, ask.sender)
    groups = [group for group, number in answer.allowed.items() if number > 0]
    wanted = [
        (answer.allowed[group], (*shared, *limits.group_windows(ask.route, group)))
        for group in groups
    ]
    if not any(found for _, found in wanted):
        return {}
    taken = windows.take(wanted, is_request=ask.is_request)
    unused = {}
    for group, number in zip(groups, taken.allowed, strict=True):
        unused[group] = answer.allowed[group] - number
        answer.allowed[group] = number
    if any(unused.values()):
        answer.held(now + timedelta(seconds=taken.wait), _words_of(taken.why))
        _undo_flight(ask, unused)
    return taken.slots


def _take_day(
    ask: Ask, limits: Limits, answer: _Answer, slots: Mapping[str, int]
) -> tuple[days.Number, ...]:
    """Take from the day's numbers, and give the windows back what the day does not allow."""
    day = limits.today()
    numbers = limits.day_limits(ask.sender, day=day)
    wanted = sum(answer.allowed.values())
    if not numbers or not wanted:
        return ()
    got, blocking = days.take(
        ask.account_id, day, numbers, wanted=wanted, is_request=ask.is_request
    )
    if blocking is None:
        return tuple(numbers)
    unused = _cut(answer.allowed, got)
    tomorrow = datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(limits.time_zone))
    answer.not_before, answer.why = tomorrow, _words_of_day(blocking, numbers[blocking])
    _undo(ask, limits, slots, unused)
    return tuple(numbers)


def _cut(allowed: dict[str, int], most: int) -> dict[str, int]:
    """Leave at most so many in all; returns what was cut, by group."""
    unused = {}
    for group, number in allowed.items():
        allowed[group] = min(number, most)
        most -= allowed[group]
        unused[group] = number - allowed[group]
    return unused


def _undo(ask: Ask, limits: Limits, slots: Mapping[str, int], unused: Mapping[str, int]) -> None:
    back: dict[str, int] = {}
    for group, number in unused.items():
        shared = limits.windows(ask.route, ask.sender)
        for window in (*shared, *limits.group_windows(ask.route, group)):
            back[window.key] = back.get(window.key, 0) + number
    try:
        windows.give_back([(key, slots[key], n) for key, n in back.items() if key in slots and n])
        _undo_flight(ask, unused)
    except StoreAway as away:
        _log.warning("Redis does not answer, unused mails stay counted: %s", away)


def _undo_flight(ask: Ask, unused: Mapping[str, int]) -> None:
    if adapting.is_slowing(ask.route):
        back = {group: Heard(ended=number) for group, number in unused.items() if number}
        adapting.heard(ask.route, back, worker=workers.worker_name(), full=_full())


def _heard(results: Iterable[tuple[str, Outcome]], *, is_direct: bool) -> dict[str, Heard]:
    """What each group said. Before RCPT only a receiver's own server speaks for its group."""
    found: dict[str, Heard] = {}
    for group, outcome in results:
        before = found.get(group, Heard())
        speaks = is_direct or outcome.stage not in _BEFORE_RECIPIENT
        slowly = outcome.slowly and speaks
        found[group] = Heard(
            fine=before.fine + (outcome.kind is Kind.ACCEPTED),
            ended=before.ended + 1,
            busy=before.busy or (slowly and outcome.code == 421),
            distrusts=before.distrusts or (slowly and outcome.code != 421),
            why=before.why or (outcome.text if slowly else ""),
        )
    return found


def _full() -> int:
    """How many mails are on the way at once when nobody holds us back."""
    connections = int(getattr(settings, "SENDING_CONNECTIONS", 4))
    return connections * int(getattr(settings, "SENDING_PROCESSES", 2))


def _words_of(key: str) -> str:
    """Which window said no, in words: keys are made in limits."""
    kind = key.split(":")[2] if key.count(":") > 2 else ""
    words = {
        "relay": "The mail server's rate is used up",
        "account": "The account's rate is used up",
        "sender": "The sender's rate is used up",
        "group": "The rate of a receiving group is used up",
    }
    return words.get(kind, "A rate is used up")


def _words_of_day(number: days.Number, limit: int) -> str:
    scope, name = number
    if scope == "domain":
        return f"Warm-up of {name}: today's {limit:,} mails are sent"
    if scope == "sender":
        return f"Daily limit of {name} reached: {limit:,} mails"
    return f"Daily limit reached: {limit:,} mails"
