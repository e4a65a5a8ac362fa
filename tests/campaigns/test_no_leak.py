"""Random histories: nobody without a positive verdict of the last two seconds is handed over.

Only the clock and the mail server are played. Things happen at the worst moment: while the worker
holds people it has loaded, between two of its hand-overs.
"""

import itertools
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.models import Campaign, Chunk, Recipient
from campaigns.sending import due, leasing, loading
from campaigns.sending.addressing import read_token
from campaigns.sending.relays import handing, otherwise
from campaigns.sending.relays.otherwise import Otherwise
from campaigns.sending.relays.outlets import Outlet
from campaigns.sending.transports import Outgoing, check_verdict
from consent.asking import requests
from consent.forms.versions import standard_form
from consent.ledger.entries import Entry
from consent.ledger.recording import append
from consent.ledger.suppressing import suppress
from mailwire.outcomes import Kind, Outcome, Stage, outcome_of
from marketing.models import Contact
from marketing.tenancy import use_account
from tests.campaigns.sending_making import counts, make_people, make_planned, make_running
from tests.making import make_account

PEOPLE = 8  # the last three are asked first
ASKED = range(5, PEOPLE)
names = itertools.count()

KINDS = ["leave", "block", "agree", "delete", "tighten", "pause", "resume", "wait", "long_wait"]
REPLIES = ["accepted"] * 6 + ["later", "refused", "unknown", "away"]
happenings = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, PEOPLE - 1)), max_size=3)
Step = tuple[list[tuple[str, int]], str]  # what happens, then how the server answers
steps = st.lists(st.tuples(happenings, st.sampled_from(REPLIES)), min_size=1, max_size=15)


class Clock:
    """Seconds that pass when the story says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


class Inline:
    """A pool whose work is done at once, in the test's own thread and transaction."""

    def submit(self, work: Callable[..., Outcome], *arguments: Any) -> "Future[Outcome]":
        future: Future[Outcome] = Future()
        try:
            future.set_result(work(*arguments))
        except Exception as error:  # noqa: BLE001 - as executors do
            future.set_exception(error)
        return future


class Story:
    """One account, one campaign, what happens to its people, and what we know to be allowed."""

    def __init__(self, history: list[Step], clock: Clock) -> None:
        self.history = iter(history)
        self.clock = clock
        self.is_over = False
        self.accepted: Counter[int] = Counter()
        self.account = make_account(f"Account {next(names)}", country="US")
        with use_account(self.account):
            form = standard_form(self.account)
            self.campaign = make_running(self.account, consent_form=form)
            self.people = make_people(self.account, PEOPLE)
            for index in ASKED:
                Contact.objects.filter(pk=self.people[index].pk).update(country="DE")
            make_planned(self.campaign, self.people[:5])
            make_planned(self.campaign, self.people[5:], verdict=2)
            Chunk.objects.for_account(self.account).filter(queued=0).update(done_at=timezone.now())
            ids = (self.people[5].pk, self.people[-1].pk)
            requests.open_for(self.account.pk, self.campaign.pk, form_id=form.pk, contacts=ids)
            self.chunk = Chunk.objects.create(
                account_id=self.account.pk,
                campaign_id=self.campaign.pk,
                number=0,
                kind="request",
                lo=ids[0],
                hi=ids[1],
            )
        may = ["send"] * 5 + ["ask"] * 3
        # Per person: when the verdict changed, and to what. The campaign's pauses beside it.
        self.verdicts = [[(clock.now, word)] for word in may]
        self.runs = [(clock.now, True)]
        self.asked: set[int] = set()
        self.words: list[list[str]] = [[] for _ in range(PEOPLE)]

    # --- what happens ----------------------------------------------------------------------

    def step(self) -> str:
        """The next things happen; returns how the server answers."""
        happening, reply = next(self.history, ([], ""))
        self.is_over = not reply
        for kind, index in happening:
            getattr(self, kind)(index)
            counts(self.campaign)  # planned is the sum of the states, and of the rows
        return reply or "accepted"

    def leave(self, index: int) -> None:
        self._record(index, "withdrew", "one_click")
        self._becomes(index, "never")

    def agree(self, index: int) -> None:
        self._record(index, "agreed", "button")
        if self._now(index) != "blocked" and self._exists(index):
            self._becomes(index, "send")

    def block(self, index: int) -> None:
        with use_account(self.account):
            suppress(self.account.pk, [self._hash(index)], "member")
        self._becomes(index, "blocked")

    def delete(self, index: int) -> None:
        with use_account(self.account):
            Contact.objects.for_account(self.account).filter(pk=self.people[index].pk).delete()
        if self._now(index) != "blocked":
            self._becomes(index, "never")

    def tighten(self, index: int) -> None:
        with use_account(self.account):
            found = Contact.objects.for_account(self.account).filter(pk=self.people[index].pk)
            found.update(country="DE")
        if self._now(index) == "send" and "agreed" not in self.words[index]:
            self._becomes(index, "ask")

    def pause(self, index: int) -> None:
        self._set_state("paused", "sending")
        self.runs.append((self.clock.now, False))

    def resume(self, index: int) -> None:
        self._set_state("sending", "paused")
        self.runs.append((self.clock.now, True))

    def wait(self, index: int) -> None:
        self.clock.now += 0.9

    def long_wait(self, index: int) -> None:
        self.clock.now += 5.0

    # --- what is checked ---------------------------------------------------------------------

    def check(self, outgoing: Outgoing) -> None:
        """Somewhere in the last two seconds this mail was allowed, and the campaign ran."""
        index = [person.pk for person in self.people].index(outgoing.contact_id)
        is_request = is_a_request(outgoing)
        wanted = "ask" if is_request else "send"
        assert self._was(self.verdicts[index], lambda word: word == wanted), (index, wanted)
        assert self._was(self.runs, bool)
        if is_request:
            assert index not in self.asked, "nobody is asked twice"

    def was_asked(self, index: int) -> None:
        """Nobody is asked twice; an answer that came meanwhile stands."""
        self.asked.add(index)
        if self._now(index) == "ask":
            self._becomes(index, "asked")

    def _was(self, changes: list[tuple[float, Any]], good: Callable[[Any], bool]) -> bool:
        since = self.clock.now - 2.0
        for number, (at, value) in enumerate(changes):
            ended = changes[number + 1][0] if number + 1 < len(changes) else float("inf")
            if good(value) and at <= self.clock.now and ended >= since:
                return True
        return False

    # --- how -----------------------------------------------------------------------------------

    def _record(self, index: int, event: str, act: str) -> None:
        person = self.people[index]
        entry = Entry(
            event=event,
            act=act,
            address_hash=self._hash(index),
            at=timezone.now(),
            address=person.address,
            contact_id=person.pk,
            campaign_id=self.campaign.pk,
        )
        with use_account(self.account):
            append(self.account.pk, [entry])
        self.words[index].append(event)

    def _hash(self, index: int) -> bytes:
        return bytes(self.people[index].address_hash)

    def _exists(self, index: int) -> bool:
        with use_account(self.account):
            people = Contact.objects.for_account(self.account)
            return bool(people.filter(pk=self.people[index].pk).exists())

    def _now(self, index: int) -> str:
        return self.verdicts[index][-1][1]

    def _becomes(self, index: int, word: str) -> None:
        if self._now(index) != "blocked":
            self.verdicts[index].append((self.clock.now, word))

    def _set_state(self, to: str, since: str) -> None:
        with use_account(self.account):
            rows = Campaign.objects.for_account(self.account).filter(pk=self.campaign.pk)
            rows.filter(state=since).update(state=to)


class Played:
    """The far end: asks the story whether this mail may leave, then lets it go on."""

    def __init__(self, story: Story) -> None:
        self.story = story

    def deliver(self, outgoing: Outgoing, on_body: Callable[[], None] | None = None) -> Outcome:
        check_verdict(outgoing)
        self.story.check(outgoing)
        reply = self.story.step()
        self.story.clock.now += 0.05
        if reply == "away":
            return outcome_of(421, "4.3.2 shutting down", Stage.HELLO)
        if on_body is not None and reply in {"accepted", "unknown"}:
            on_body()
        if reply == "later":
            return outcome_of(451, "4.7.1 greylisted", Stage.RCPT)
        if reply == "refused":
            return outcome_of(550, "5.2.0 no", Stage.RCPT)
        self._note(outgoing)
        if reply == "unknown":
            return Outcome(kind=Kind.UNKNOWN, text="The line broke")
        return outcome_of(250, "2.0.0 ok", Stage.BODY)

    def close(self) -> None:
        """Nothing is open."""

    def _note(self, outgoing: Outgoing) -> None:
        index = [person.pk for person in self.story.people].index(outgoing.contact_id)
        if is_a_request(outgoing):
            self.story.was_asked(index)
        else:
            self.story.accepted[index] += 1


def is_a_request(outgoing: Outgoing) -> bool:
    """Its name is that of a consent request: campaign 0."""
    claims = read_token("verp", outgoing.mail.message_id[1:].partition("@")[0])
    assert claims is not None
    return claims.campaign == 0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (loading, leasing, otherwise, handing):
        monkeypatch.setattr(module, "time", clock)
    return clock


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=steps)
def test_nobody_is_handed_over_without_a_fresh_positive_verdict(
    db: None, tmp_path: Path, settings: Any, clock: Clock, history: list[Step]
) -> None:
    settings.STATE_DIR = tmp_path
    story = Story(history, clock)
    other = Otherwise(Outlet(key="shared", connections=1), transport=Played(story))
    other.pool = Inline()  # type: ignore[assignment]
    rota = leasing.Rota()
    for _ in range(100):
        for take in (rota.lease, due.Turns().lease):
            while (lease := take()) is not None and other.send(lease, lambda: False) is None:
                pass
        counts(story.campaign)
        if story.is_over:
            break
        story.step()
    with use_account(story.account):
        sent = Recipient.objects.for_account(story.account).filter(sent_at__isnull=False)
        assert all(story.accepted[index] <= 1 for index in range(PEOPLE))
        for row in sent:
            index = [person.pk for person in story.people].index(row.contact_id)
            assert story.accepted[index] == 1
