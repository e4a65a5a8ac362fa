"""What the loop does while a thread reads, judges or marks for the same portion: nobody twice.

The thread stands still at a seam (the work's `load`) until the loop has done what it may do then.
"""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from campaigns.models import SendingLimit
from campaigns.sending import leasing
from campaigns.sending.engine.database import Database
from campaigns.sending.engine.portions import Held, Portion
from campaigns.sending.engine.queues import Queue
from campaigns.sending.engine.serving import Serving, begin
from campaigns.sending.engine.works import Works
from campaigns.sending.loading import Loaded
from campaigns.sending.rates import days, limits, windows
from campaigns.sending.rates.models import DAY
from campaigns.sending.recovering import Book
from campaigns.sending.relays import outlets
from campaigns.sending.working import MailWork
from mailwire.client import Letter
from mailwire.journal import Mark
from mailwire.outcomes import Stage as MailStage
from mailwire.outcomes import outcome_of
from marketing.models import Account
from marketing.tenancy import use_account
from tests.campaigns.sending_making import make_people, make_planned, make_running

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_state(settings: Any, tmp_path: Path) -> Iterator[None]:
    """Nobody listens at this relay: these tests hand the letters over themselves."""
    settings.STATE_DIR = tmp_path
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    outlets._kept.clear()
    limits._kept.clear()
    yield
    outlets._kept.clear()
    limits._kept.clear()


class Meanwhile:
    """The work of a lease; the loop does something each time a reading is on its way back."""

    def __init__(self, work: MailWork) -> None:
        self._work = work
        self.loop: asyncio.AbstractEventLoop | None = None
        self.then: Callable[[], object] = int

    def __getattr__(self, name: str) -> Any:
        return getattr(self._work, name)

    def load(self, after: int, limit: int, only: tuple[int, ...] = ()) -> Loaded:
        """Read, then let the loop go on; in a thread."""
        found: Loaded = self._work.load(after, limit, only)

        async def act() -> None:
            self.then()

        if self.loop is not None:
            asyncio.run_coroutine_threadsafe(act(), self.loop).result(20)
        return found


class Stage:
    """A portion of a leased chunk, its queue, and the work that stops at the seam."""

    def __init__(self, account: Account, database: Database, rows: int) -> None:
        self.work = Meanwhile(leased(account))
        self.portion = begin(self.work.lease, self.work)
        self.database = database
        self._outlet, self._rows = outlets.outlet_of(account.pk), rows

    def open(self) -> None:
        """On the loop."""
        self.work.loop = asyncio.get_running_loop()
        self.queue = Queue(self._outlet)
        self.queue.pool._rests_until = float("inf")  # no lines: letters are taken here
        self.queue.rows = self._rows
        self.serving = Serving(self.database, self.queue, self.portion)
        self.queue.add(self.portion)

    async def load(self) -> None:
        """The next rows, as many as always."""
        self.queue.rows, self.serving._loaded_at = self._rows, float("-inf")
        await self.serving._load()

    async def steps(self) -> None:
        """Whatever is due."""
        while await self.serving._step():
            self.queue.rows = self._rows

    def letters(self) -> list[Letter]:
        """All that can be taken now."""
        found = []
        while (letter := self.portion.next_letter()) is not None:
            found.append(letter)
        return found

    def grow_old(self, *numbers: int) -> None:
        """Waiting people's verdicts: time passes."""
        for number in numbers:
            self.portion.people[number].verdict_at -= 60


def leased(account: Account) -> MailWork:
    lease = leasing.lease_chunk(account.pk)
    assert lease is not None
    work = Works().of(lease)
    assert isinstance(work, MailWork)
    return work


def plan(account: Account, people: int, **limit: Any) -> list[int]:
    """The contact ids of a campaign under way."""
    with use_account(account):
        contacts = make_people(account, people)
        make_planned(make_running(account), contacts)
        if limit:
            SendingLimit.objects.create(account=account, scope="account", **limit)
    return sorted(contact.pk for contact in contacts)


def on_stage(
    account: Account,
    rows: int,
    play: Callable[[Stage], Any],
    *,
    database: Database | None = None,
) -> None:
    """Run a play on a loop; its statements run in a thread, in the test's transaction."""
    database = database or Database()

    stage = Stage(account, database, rows)

    async def run() -> None:
        stage.open()
        await play(stage)

    with database.lent():
        asyncio.run(run())
    database.close()


def to(letters: list[Letter]) -> list[int]:
    return sorted(letter.key.person.contact_id for letter in letters)


def test_who_comes_back_from_a_broken_line_is_not_read_a_second_time(acme: Account) -> None:
    first, *others = plan(acme, 8)

    async def play(stage: Stage) -> None:
        portion = stage.portion
        await stage.load()
        portion.may_leave = lambda contact_id: contact_id != first  # its receivers' rate is full
        sent = stage.letters()
        assert to(sent) == others
        stage.grow_old(0)
        assert portion.next_letter() is None, "the first is to be read again"
        portion.returned(sent[0].key)
        portion.may_leave = lambda contact_id: True
        await stage.steps()
        assert to(stage.letters()) == [first, others[0]], "each once"

    on_stage(acme, 100, play)


def test_who_went_stale_during_a_reading_is_read_again_in_the_same_lease(acme: Account) -> None:
    ids = plan(acme, 4)

    async def play(stage: Stage) -> None:
        def go_stale() -> None:
            stage.grow_old(0, 1)
            assert stage.portion.next_letter() is None
            stage.work.then = int

        await stage.load()
        stage.work.then = go_stale
        await stage.load()
        found = stage.letters()
        assert to(found) == ids[2:]
        await stage.steps()
        assert to(found + stage.letters()) == ids
        assert not stage.portion.dropped

    on_stage(acme, 2, play)


def test_who_was_read_while_the_slice_ended_is_not_counted_in_the_day(acme: Account) -> None:
    plan(acme, 3, mails=100, seconds=DAY)

    async def play(stage: Stage) -> None:
        stage.work.then = stage.queue.stop
        await stage.load()
        assert stage.letters() == []
        await stage.serving._drain()

    on_stage(acme, 100, play)
    with use_account(acme):
        day = limits.limits_of(acme.pk).today()
    assert set(days.taken_on(acme.pk, day).values()) == {0}


def test_who_is_read_again_still_asks_the_rates_when_leaving(acme: Account) -> None:
    plan(acme, 2, mails=2, seconds=3600)

    async def play(stage: Stage) -> None:
        await stage.load()
        stage.grow_old(0)
        assert stage.portion.next_letter() is None, "both are to be read again"
        await stage.steps()
        assert len(stage.portion.people) == 2
        found = (await stage.database(lambda: limits.limits_of(acme.pk))).windows("shared", "")
        assert windows.take([(2, found)], is_request=False).allowed == (2,), "by another worker"
        assert stage.letters() == []

    on_stage(acme, 100, play)


def test_a_verdict_that_grows_old_while_another_is_asked_for_is_asked_for_next(
    acme: Account,
) -> None:
    plan(acme, 2)

    async def play(stage: Stage) -> None:
        portion = stage.portion
        await stage.load()
        one, other = stage.letters()
        for letter in (one, other):
            letter.key.person.verdict_at -= 60
        stage.work.then = lambda: portion.may_write(other.key)
        assert portion.may_write(one.key) is None
        await stage.serving._judge_again()
        assert portion.may_write(one.key) is True
        assert portion.may_write(other.key) is None, "not refused: nobody has judged them"
        await stage.serving._judge_again()
        assert portion.may_write(other.key) is True

    on_stage(acme, 100, play)


class Turns(Database):
    """Notes who waits in turn for the account's ledger."""

    async def in_turn(self, account_id: int, work: Callable[[], Any]) -> Any:
        """Note it, then do it."""
        self.taken = True
        return await super().in_turn(account_id, work)


def test_a_returned_mail_waits_in_turn_for_the_ledger(acme: Account) -> None:
    """Else three of them hold all threads of the process while an import has the ledger."""
    plan(acme, 1)
    database = Turns()
    bounce = outcome_of(550, "5.1.1 no such mailbox", MailStage.RCPT)

    async def play(stage: Stage) -> None:
        await stage.load()
        [letter] = stage.letters()
        stage.portion.ended(letter.key, bounce)
        await stage.serving._mark()

    on_stage(acme, 100, play, database=database)
    assert database.taken


class StoppedBook(Book):
    """The process is stopped for longer than its lease just before the journal's byte."""

    def mark(self, contact_id: int, mark: Mark) -> None:
        """The lease ends, then the byte is written."""
        self._lease.until = float("-inf")
        super().mark(contact_id, mark)


def test_a_body_is_not_written_when_the_lease_ended_beside_the_journal(acme: Account) -> None:
    plan(acme, 1)
    work = leased(acme)
    portion = Portion(lease=work.lease, work=work, book=StoppedBook(work.lease))
    portion.add(work.load(portion.after, 10).people)
    letter = portion.next_letter()
    assert letter is not None
    held: Held = letter.key
    assert portion.may_write(held) is False


class Faulty(MailWork):
    """A fault of ours, which nobody thought of."""

    def letter(self, person: Any) -> tuple[str, bytes]:
        """Of the first person only."""
        if person.address.startswith("p1@"):
            raise LookupError("nobody thought of it")
        return super().letter(person)


def test_a_mail_that_can_not_be_made_for_whatever_reason_harms_no_other(acme: Account) -> None:
    plan(acme, 2)
    made = leased(acme)
    work = Faulty(made.lease, made._compiled)
    portion = begin(made.lease, work)
    portion.add(work.load(portion.after, 10).people)
    letter = portion.next_letter()
    assert letter is not None
    assert letter.recipient == "p2@example.test"
    assert ["LookupError" in result.reply for result in portion.results] == [True]
