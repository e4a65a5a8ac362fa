"""The one question before mail leaves: how many of these may go now? And what became of them.

    grant = take(Ask(account_id=7, sender="news@acme.test", wanted={"google.com": 60, "x.test": 3}))
    # load at most grant.allowed[group] of each group; ask for the rest at grant.ask_again_at
    step(grant, "google.com")   # for each mail, the very moment it is handed over: may it go now?
    give_back(grant, {"google.com": 2})     # allowed, but not handed over after all
    ended(grant, [("google.com", outcome), ...])   # each time outcomes are marked

Redis away: nothing is sent faster than allowed, so nothing is allowed.
"""

import logging
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from campaigns.sending import workers
from campaigns.sending.rates import adapting, days, windows
from campaigns.sending.rates.adapting import Heard
from campaigns.sending.rates.limits import Limits, limits_of
from campaigns.sending.rates.models import Scope
from campaigns.sending.rates.storing import StoreAway
from campaigns.sending.rates.windows import Window
from mailwire.outcomes import Kind, Outcome, Stage

AWAY = timedelta(seconds=2)
ASK_AGAIN = timedelta(seconds=30)
GROUP_PATIENCE = 1.0
SHARED_ROUTE = "shared"  # the operator's relays


@dataclass(slots=True)
class _Closed:
    """Until when (monotonic) Redis need not be asked: it is away, or a window was full."""

    away_until: float = float("-inf")
    until: dict[str, float] = field(default_factory=dict)


_closed = _Closed()
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

    `capped` are groups with a limit of their own: of these no more, of others `total` in all.
    `why` is a sentence for people: "Daily limit of 5,000 reached".
    """

    ask: Ask
    allowed: Mapping[str, int]
    at: datetime
    not_before: datetime | None = None
    why: str = ""
    shared: tuple[Window, ...] = ()
    group_windows: Mapping[str, tuple[Window, ...]] = field(default_factory=dict)
    capped: Mapping[str, int] = field(default_factory=dict)
    day: date | None = None
    day_names: tuple[days.Number, ...] = ()

    @property
    def has_windows(self) -> bool:
        """Each mail is to be asked for as it leaves."""
        return bool(self.shared or self.group_windows)

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
    capped: set[str] = field(default_factory=set)

    def held(self, until: datetime, why: str) -> None:
        """Something has to wait; the earliest moment that helps anybody is told."""
        if self.not_before is None or until < self.not_before:
            self.not_before, self.why = until, why


def patience_of(account_id: int) -> float:
    """How many seconds a look-up of receiving groups is worth: none, unless they are limited."""
    limits = limits_of(account_id).limits
    return GROUP_PATIENCE if any(limit.scope == Scope.GROUP for limit in limits) else 0.0


def take(ask: Ask) -> Grant:
    """Take what may leave now from every limit; never raises for a Redis that is away.

    Blocking: a query per two seconds, Redis where anything is limited, the database where a day is.
    """
    now = timezone.now()
    limits = limits_of(ask.account_id)
    answer = _Answer({group: number for group, number in ask.wanted.items() if number > 0})
    try:
        _admit(ask, answer, now)
        shared, group_windows = _look_at_windows(ask, limits, answer, now)
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
    names = _take_day(ask, limits, answer)
    return Grant(
        ask=ask,
        allowed=answer.allowed,
        not_before=answer.not_before,
        why=answer.why,
        shared=shared,
        group_windows=group_windows,
        capped={group: answer.allowed[group] for group in answer.capped},
        day=day,
        day_names=names,
        at=now,
    )


def step(grant: Grant, group: str) -> bool:
    """One mail of this group is handed over this instant: may it? Then it is counted.

    Windows are counted here and not when people are loaded: what counts is when the far end gets
    the mail. One call to Redis where a window limits this mail, none elsewhere; False while Redis
    is away, without asking it again for two seconds.
    """
    found = (*grant.shared, *grant.group_windows.get(group, ()))
    if not found:
        return True
    now = time.monotonic()
    if now < _closed.away_until or any(
        _closed.until.get(window.key, 0.0) > now for window in found
    ):
        return False
    try:
        taken = windows.take([(1, found)], is_request=grant.ask.is_request)
    except StoreAway as away:
        _closed.away_until = now + AWAY.total_seconds()
        _log.warning("Redis does not answer, nothing is sent: %s", away)
        return False
    if not taken.allowed[0]:
        if len(_closed.until) > 1000:
            _closed.until.clear()
        _closed.until[taken.why] = now + min(taken.wait, 1.0)
    return bool(taken.allowed[0])


def give_back(grant: Grant, unused: Mapping[str, int]) -> None:
    """Mails that were allowed and did not leave: the verdict had grown old, the slice was over."""
    number = sum(unused.values())
    if number <= 0:
        return
    if grant.day is not None:
        days.give_back(grant.ask.account_id, grant.day, grant.day_names, unused=number)
    _undo_flight(grant.ask, unused)


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
            answer.capped.add(group)
            answer.held(now + timedelta(seconds=wait), f"{group} asks us to be slow")


def _look_at_windows(
    ask: Ask, limits: Limits, answer: _Answer, now: datetime
) -> tuple[tuple[Window, ...], dict[str, tuple[Window, ...]]]:
    """Leave out what windows do not let through now; returns the shared ones and each group's."""
    shared = limits.windows(ask.route, ask.sender)
    groups = [group for group, number in answer.allowed.items() if number > 0]
    own = {group: limits.group_windows(ask.route, group) for group in groups}
    if not shared and not any(own.values()):
        return (), {}
    wanted = [(answer.allowed[group], (*shared, *own[group])) for group in groups]
    taken = windows.take(wanted, is_request=ask.is_request, peek=True)
    unused = {}
    for group, number, key in zip(groups, taken.allowed, taken.blocked, strict=True):
        unused[group] = answer.allowed[group] - number
        answer.allowed[group] = number
        if any(window.key == key for window in own[group]):
            answer.capped.add(group)
    if any(unused.values()):
        answer.held(now + timedelta(seconds=taken.wait), _words_of(taken.why))
        _undo_flight(ask, unused)
    return shared, own


def _take_day(ask: Ask, limits: Limits, answer: _Answer) -> tuple[days.Number, ...]:
    """Take from the day's numbers."""
    day = limits.today()
    numbers = limits.day_limits(ask.sender, day=day)
    wanted = sum(answer.allowed.values())
    if not numbers or not wanted:
        return ()
    got, blocking = days.take(
        ask.account_id, day, numbers, wanted=wanted, is_request=ask.is_request
    )
    if blocking is not None:
        unused = _cut(answer.allowed, got)
        answer.not_before = limits.midnight_after(day)
        answer.why = _words_of_day(blocking, numbers[blocking])
        _undo_flight(ask, unused)
    return tuple(numbers)


def _cut(allowed: dict[str, int], most: int) -> dict[str, int]:
    """Leave at most so many in all; returns what was cut, by group."""
    unused = {}
    for group, number in allowed.items():
        allowed[group] = min(number, most)
        most -= allowed[group]
        unused[group] = number - allowed[group]
    return unused


def _undo_flight(ask: Ask, unused: Mapping[str, int]) -> None:
    """These are not on the way after all."""
    back = {group: Heard(ended=number) for group, number in unused.items() if number}
    try:
        if back and adapting.is_slowing(ask.route):
            adapting.heard(ask.route, back, worker=workers.worker_name(), full=_full())
    except StoreAway as away:
        _log.warning("Redis does not answer, unused mails stay counted: %s", away)


def _heard(results: Iterable[tuple[str, Outcome]], *, is_direct: bool) -> dict[str, Heard]:
    """What each group said. Before RCPT only a receiver's own server speaks for its group."""
    found: dict[str, Heard] = {}
    fine: Counter[str] = Counter()  # nearly all: counted, not added up one by one
    for group, outcome in results:
        if outcome.kind is Kind.ACCEPTED:
            fine[group] += 1
            continue
        before = found.get(group, Heard())
        speaks = is_direct or outcome.stage not in _BEFORE_RECIPIENT
        slowly = outcome.slowly and speaks
        found[group] = Heard(
            ended=before.ended + 1,
            busy=before.busy or (slowly and outcome.code == 421),
            distrusts=before.distrusts or (slowly and outcome.code != 421),
            why=before.why or (outcome.text if slowly else ""),
        )
    for group, number in fine.items():
        before = found.get(group, Heard())
        found[group] = replace(before, fine=number, ended=before.ended + number)
    return found


def _full() -> int:
    """How many mails are on the way at once when nobody holds us back."""
    return int(settings.SENDING_CONNECTIONS) * int(settings.SENDING_PROCESSES)


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
