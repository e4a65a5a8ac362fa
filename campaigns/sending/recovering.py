"""The crash journal around a lease: what the last holder wrote down before it died, and ours.

Accepted means sent, a body on the wire means Outcome unknown, untouched stays queued. Only people
whose outcome is not in the database are decided by a journal.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from campaigns.sending import loading, workers
from campaigns.sending.leasing import Lease
from mailwire import journal
from mailwire.journal import Journal, Mark
from mailwire.outcomes import Kind, Outcome

DIED_ACCEPTED = Outcome(
    kind=Kind.ACCEPTED, code=250, text="250 Accepted; the worker died before writing it down"
)
DIED_UNKNOWN = Outcome(kind=Kind.UNKNOWN, text="The worker died while the mail was on its way")
Settle = Callable[[dict[int, Outcome]], None]


class Book:
    """The journal of one lease: a byte per person of a chunk, or a file per due person."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self._folder = workers.folder("journal")
        self._places: dict[int, tuple[str, int]] = {}
        self._sizes: dict[str, int] = {}
        self._open: dict[str, Journal] = {}
        for contact_id, (name, position) in _places(lease).items():
            self._places[contact_id] = (name, position)
            self._sizes[name] = max(self._sizes.get(name, 0), position + 1)

    def recover(self) -> dict[int, Outcome]:
        """What earlier holders of these people left undecided."""
        marks = {
            name: journal.marks_of(self._folder, name, size=size)
            for name, size in self._sizes.items()
        }
        touched = {
            contact_id: Mark(marks[name][position])
            for contact_id, (name, position) in self._places.items()
            if marks[name][position]
        }
        if not touched:
            return {}
        undecided = loading.undecided(self._lease)
        return {
            contact_id: DIED_ACCEPTED if mark is Mark.ACCEPTED else DIED_UNKNOWN
            for contact_id, mark in touched.items()
            if contact_id in undecided
        }

    def mark(self, contact_id: int, mark: Mark) -> None:
        """Write how far a person's mail came."""
        place = self._places.get(contact_id)
        if place is not None:
            (self._open.get(place[0]) or self._journal(place[0])).mark(place[1], mark)

    def prepare(self, contact_id: int) -> None:
        """Open the person's journal before a thread writes to it."""
        place = self._places.get(contact_id)
        if place is not None:
            self._journal(place[0])

    def close(self) -> None:
        """Let go of the files; they stay for whoever takes over."""
        for opened in self._open.values():
            opened.close()
        self._open.clear()

    def remove(self) -> None:
        """All outcomes are in the database."""
        self.close()
        for name in self._sizes:
            journal.remove(self._folder, name)

    def _journal(self, name: str) -> Journal:
        if name not in self._open:
            self._open[name] = Journal(
                self._folder, name, generation=self._lease.generation, size=self._sizes[name]
            )
        return self._open[name]


@contextmanager
def journalled(lease: Lease, settle: Settle) -> Iterator[Book]:
    """The journal of a lease; `settle` is given what dead holders left, before anything is sent.

    Left without an error, everything is marked and the files go; else they stay for recovery.
    """
    book = Book(lease)
    try:
        left = book.recover()
        if left:
            settle(left)
            book.remove()
        yield book
        book.remove()
    finally:
        book.close()


def _places(lease: Lease) -> dict[int, tuple[str, int]]:
    """Contact id to journal name and position."""
    if lease.chunk_id is not None:
        name = f"chunk-{lease.chunk_id}"
        return {who: (name, position) for who, position in loading.positions(lease).items()}
    prefix = f"due-{lease.kind}-{lease.account_id}-{lease.campaign_id}"
    attempts = loading.attempts_of(lease)
    return {who: (f"{prefix}-{who}-{count}", 0) for who, count in attempts.items()}
