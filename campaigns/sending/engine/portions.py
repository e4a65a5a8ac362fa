"""A portion: one lease at work. People are loaded and judged, made letters, and marked.

What touches the loop (next letter, may it be written, how it ended) is here; what touches the
database is `serving`. Nobody is loaded twice while their outcome is not written.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from campaigns.composing.merging import MergeFailed
from campaigns.sending.deciding import Result
from campaigns.sending.leasing import Lease
from campaigns.sending.loading import VERDICT_SECONDS, Handed
from campaigns.sending.recovering import Book
from campaigns.sending.working import Work
from mailwire.client import Letter
from mailwire.headers import HeaderRefused
from mailwire.journal import Mark
from mailwire.outcomes import Kind, Outcome, Stage

REFUSALS_IN_A_ROW = 5
MARK_EVERY = 1000
MOST_WAITING = 20
_log = logging.getLogger(__name__)


def _always(contact_id: int) -> bool:
    return True


@dataclass(slots=True, eq=False)
class Held:
    """The key of a letter: whose it is, and the verdict it may go on."""

    portion: "Portion"
    person: Handed
    written_at: float = 0.0  # when its body left


@dataclass(eq=False)
class Portion:
    """The state of a lease between loading and marking. Only used on the loop."""

    lease: Lease
    work: Work
    book: Book
    people: deque[Handed] = field(default_factory=deque)
    results: list[Result] = field(default_factory=list)
    open: dict[int, Held | None] = field(default_factory=dict)  # on a line, or not marked yet
    stale: set[int] = field(default_factory=set)  # held letters whose verdict is asked anew
    refused: set[int] = field(default_factory=set)  # held letters that may not go any more
    on_lines: int = 0
    after: int = 0
    is_exhausted: bool = False  # nobody is left to be loaded
    is_over: bool = False  # take no more: the slice ends, or something broke
    is_lost: bool = False  # another worker has the lease: write nothing
    went_stale: bool = False  # the last ones waited too long
    low: int = 0  # load more when so few are left
    dropped: list[Handed] = field(default_factory=list)  # loaded, and not handed over
    refusals: int = 0
    trouble: Outcome | None = None  # why the batch was stopped, to be told
    may_leave: Callable[[int], bool] = _always  # the rates, asked for each contact as it leaves
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Begin before the first person of the lease."""
        self.after = self.lease.lo - 1

    @property
    def may_take(self) -> bool:
        """Rows may be handed to lines."""
        return not self.is_over and not self.is_lost and not self.lease.is_over

    @property
    def is_drained(self) -> bool:
        """Nothing is on a line."""
        return self.on_lines == 0

    def next_letter(self) -> Letter | None:
        """The next person's letter; None when there is none now."""
        waiting: list[Handed] = []  # their receivers' rates are used up, others' may not be
        try:
            while self.people and self.may_take and len(waiting) < MOST_WAITING:
                person = self.people.popleft()
                if not person.is_fresh:
                    self._went_stale(person, *waiting)
                    waiting.clear()
                    return None
                if len(self.people) <= self.low:
                    self.changed.set()
                if not self.may_leave(person.contact_id):
                    waiting.append(person)
                    continue
                made = self._made(person)
                if made is not None:
                    return made
            return None
        finally:
            self.people.extendleft(reversed(waiting))

    def may_write(self, held: Held) -> bool | None:
        """The lease's clock and the verdict's age, then the journal's byte."""
        contact_id = held.person.contact_id
        if self._has_ended() or contact_id in self.refused:
            return False
        now = time.monotonic()
        if now - held.person.verdict_at > VERDICT_SECONDS:
            self.stale.add(contact_id)
            self.changed.set()
            return None
        self.book.mark(contact_id, Mark.BODY_ON_THE_WIRE)
        # Again: a process that was stopped for long goes on here. Who took over either finds the
        # byte, or took over before this look.
        if self._has_ended():
            return False
        held.written_at = now
        return True

    def _has_ended(self) -> bool:
        """Another worker may have these people: a function, so that each call looks anew."""
        return self.is_lost or self.lease.is_over

    def ended(self, held: Held, outcome: Outcome) -> None:
        """A letter's delivery is over."""
        self.on_lines -= 1
        if self.is_lost:
            return
        person = held.person
        if outcome.kind is Kind.ACCEPTED:
            self.book.mark(person.contact_id, Mark.ACCEPTED)
            self.refusals = 0
            self.results.append(self.work.result(person, outcome))
        else:
            self._finish(person, outcome)
        if len(self.results) >= MARK_EVERY or not self.on_lines:
            self.changed.set()

    def returned(self, held: Held) -> None:
        """Nothing of it left: the person is next, unless they may not be written to any more."""
        person = held.person
        self.on_lines -= 1
        self.open.pop(person.contact_id, None)
        self.stale.discard(person.contact_id)
        if person.contact_id not in self.refused and self.may_take:
            self.people.appendleft(person)
        else:
            self.dropped.append(person)
        self.changed.set()

    def here(self) -> frozenset[int]:
        """Contacts who are waiting, on a line, or not marked yet: nobody reads them again."""
        return frozenset((*self.open, *(person.contact_id for person in self.people)))

    def add(self, people: list[Handed]) -> None:
        """People who were just loaded and judged; nobody who is `here`."""
        self.refused.difference_update(person.contact_id for person in people)
        (self.dropped if self.is_over else self.people).extend(people)

    def written(self, results: list[Result]) -> None:
        """Their outcomes are in the database."""
        for result in results:
            self.open.pop(result.person.contact_id, None)

    def judged_again(self, asked: Collection[int], people: list[Handed]) -> None:
        """New verdicts for those who were asked for; whoever is not among the people must not get
        it. Whose verdict grew old meanwhile is asked for next.

        A person whose address or choice about tracking changed gets a new letter instead.
        """
        found = {person.contact_id: person for person in people}
        for contact_id in asked:
            held, person = self.open.get(contact_id), found.get(contact_id)
            if held is None:
                continue
            if person is None or not _is_same(person, held.person):
                self.refused.add(contact_id)
            else:
                held.person = person
        self.stale.difference_update(asked)

    def stop(self) -> None:
        """Take no more; what is on a line ends."""
        self.is_over = True
        self.dropped.extend(self.people)
        self.people.clear()
        self.changed.set()

    def relay_failed(self, outcome: Outcome) -> None:
        """No line could be opened: stop, and tell why."""
        self.trouble = self.trouble or outcome
        self.stop()

    def _made(self, person: Handed) -> Letter | None:
        try:
            # Quoted-printable of ours has no dot at the start of a line (tests hold it to that):
            # to look for one again would take longer than to write the mail.
            sender, octets = self.work.letter(person)
        except (MergeFailed, HeaderRefused, ValueError) as error:
            self._not_made(person, str(error))
            return None
        except Exception as error:  # noqa: BLE001 - a line would break, with others' mails
            _log.exception("A mail could not be made")
            self._not_made(person, type(error).__name__)
            return None
        held = Held(self, person)
        self.open[person.contact_id] = held
        self.on_lines += 1
        return Letter(sender, person.address, octets, held)

    def _not_made(self, person: Handed, why: str) -> None:
        text = f"This mail could not be made: {why}"[:500]
        outcome = Outcome(kind=Kind.REFUSED_US, code=554, text=text, stage=Stage.BODY)
        self.open[person.contact_id] = None
        self._finish(person, outcome)

    def _finish(self, person: Handed, outcome: Outcome) -> None:
        result = self.work.result(person, outcome)
        refused = outcome.kind is Kind.REFUSED_US
        self.refusals = self.refusals + 1 if refused else 0
        if not result.is_away and not outcome.stops_batch:
            self.results.append(result)
        else:
            self.open.pop(person.contact_id, None)
        if result.is_away or outcome.stops_batch or self.refusals >= REFUSALS_IN_A_ROW:
            self.trouble = self.trouble or outcome
            self.stop()

    def _went_stale(self, *people: Handed) -> None:
        """Read them again; whoever of them is open is left out then."""
        waited = [*people, *self.people]
        self.after = min(self.after, *(each.contact_id - 1 for each in waited))
        self.dropped.extend(waited)
        self.people.clear()
        self.is_exhausted = False
        self.went_stale = True
        self.changed.set()


def _is_same(new: Handed, old: Handed) -> bool:
    return (new.address, new.opens, new.clicks) == (old.address, old.opens, old.clicks)
