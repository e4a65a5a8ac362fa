"""Random histories over every way in and out: nobody is mailed without a positive verdict.

Played through the product's own doors, with real sending to a far end of the test's own (far_end),
which judges each mail by the straight-line gate at the moment it is handed over. ASSENT_HISTORIES
raises the number of histories (8), ASSENT_STEPS their length (40).
"""

import itertools
import os
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from campaigns.launching import stopping
from campaigns.launching.advancing import advance
from campaigns.models import Campaign, DueRecipient
from campaigns.sending import running
from consent.answering.acts import UNANSWERED
from consent.erasing import erasing
from consent.ledger import chain
from consent.ledger.deriving import standing_off
from consent.ledger.suppressing import lift, suppress
from consent.models import ConsentRecord, ConsentRequest
from marketing.audience.addresses import read_address
from marketing.audience.contacts import (
    AlreadyKnown,
    Details,
    WasErased,
    add_contact,
    change_contact,
    delete_contact,
)
from marketing.models import Account, Contact, Member
from marketing.rules.deciding import is_consent_locked
from marketing.rules.relocating import change_country
from marketing.signing import tokens
from marketing.tenancy import use_account
from tests.campaigns.launching_making import launched, make_draft
from tests.consent import straight_gate as straight
from tests.consent.far_end import BUSY, DEAD, DESK, LOST
from tests.consent.importing_files import run_import
from tests.consent.judging import MAILED, SEEN, Judging
from tests.consent.laws import TURNS, Laws
from tests.consent.making import hash_of
from tests.consent.straight_gate import Law, Sends, Someone, straight_gate
from tests.consent.tampering import tampered
from tests.making import make_account, make_member

HISTORIES = int(os.environ.get("ASSENT_HISTORIES", "8"))
STEPS = int(os.environ.get("ASSENT_STEPS", "40"))
SHIPPED = straight.rules()
COUNTRIES = ["US", "FR", "CA", "PL", ""]
GONE = ("refused", "unsubscribed", "withdrew")
_number = itertools.count(1)
WHO = st.integers(0, 3)
WHICH = st.integers(0, 3)
MOODS = st.lists(st.sampled_from(["", "", "", BUSY, DEAD, LOST]), min_size=4, max_size=4)


class Histories(Judging, RuleBasedStateMachine):
    """One account and four addresses; `people` is what the test itself believes."""

    folder: Path

    @initialize(country=st.sampled_from(["US", "US", "FR"]), moods=MOODS)
    def begin(self, country: str, moods: list[str]) -> None:
        number = next(_number)
        self.laws = Laws(SHIPPED, self.folder)
        self.account: Account = make_account(f"Shop {number}", country=country)
        self.owner: Member = make_member(self.account, f"owner{number}@shop.example", "owner")
        self.addresses = [f"p{n}.h{number}@example.test" for n in range(4)]
        self.people = {address: Someone(known=False) for address in self.addresses}
        self.campaigns: dict[str, Campaign] = {}
        self.launched_under: dict[str, Law] = {}
        self.held: set[str] = set()  # subjects of paused campaigns
        self.over: set[str] = set()  # and of stopped ones
        self.got: Counter[tuple[str, str]] = Counter()
        self.requests: dict[str, int] = dict.fromkeys(self.addresses, 0)
        self.erased: set[str] = set()
        self.answered: list[tuple[str, datetime, object]] = []  # by the far end, in this slice
        self.mailed = 0
        DESK.moods = dict(zip(self.addresses, moods, strict=True))
        DESK.look, DESK.faults = self.judge, []
        self.type_in(n=0, country="US")
        self.type_in(n=1, country="FR")
        self.launch(asks=False, at_once=False)

    # --- ways in ---------------------------------------------------------------------------

    @rule(n=WHO, country=st.sampled_from(COUNTRIES))
    def type_in(self, n: int, country: str) -> None:
        who = self.addresses[n]
        try:
            with use_account(self.account):
                add_contact(self.account, read_address(who), Details(country=country), source="x")
        except AlreadyKnown:
            return
        except WasErased:
            assert who in self.erased
            return
        assert who not in self.erased
        self._known(who, country)

    @rule(n=WHO, country=st.sampled_from(COUNTRIES), proof=st.booleans(), left=st.booleans())
    def import_one(self, n: int, country: str, proof: bool, left: bool) -> None:
        who = self.addresses[n]
        person = self.people[who]
        out = self._left(who)
        day = (timezone.now() - timedelta(days=1)).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        columns = f"{who},{country},{day.date() if proof else ''},{'Fair' if proof else ''}"
        status = "unsubscribed" if left else "subscribed"
        run_import(
            self.account,
            f"email,country,consent_at,consent_source,status\n{columns},{status}\n",
            by=self.owner,
        )
        if out:
            return
        self._known(who, country or person.country)
        if left:
            person.happened.append(("import", timezone.now(), None))
        if proof and self._said(who) != "agreed":
            person.happened.append(("proof", timezone.now(), day))

    @rule(n=WHO, country=st.sampled_from(COUNTRIES))
    def move(self, n: int, country: str) -> None:
        who = self.addresses[n]
        contact = self._contact(who)
        if contact is not None:
            with use_account(self.account):
                change_contact(contact, Details(country=country), by=self.owner)
            self.people[who].country = country

    @rule(country=st.sampled_from(["US", "FR", "CA"]))
    def move_account(self, country: str) -> None:
        with use_account(self.account):
            change_country(self.account, country, by=self.owner)
        self.account.refresh_from_db()

    # --- laws ------------------------------------------------------------------------------

    @rule(
        country=st.sampled_from(["US", "FR", "CA"]),
        turn=st.sampled_from(sorted(TURNS)),
        days=st.integers(0, 3),
    )
    def new_rules(self, country: str, turn: str, days: int) -> None:
        self.laws.load(country, turn, days=days)
        self.account.refresh_from_db()

    @rule(days=st.integers(1, 3))
    def days_pass(self, days: int) -> None:
        self.laws.days_pass(days)
        self.account.refresh_from_db()

    # --- campaigns ---------------------------------------------------------------------------

    @rule(asks=st.booleans(), at_once=st.sampled_from([False, False, True]))
    @precondition(lambda self: len(self.campaigns) < 4)
    def launch(self, asks: bool, at_once: bool) -> None:
        asks = asks or is_consent_locked(self.account)
        subject = f"News {len(self.campaigns)} of {self.account.name}"
        draft = make_draft(
            self.account, self.owner, name=subject, subject=subject, require_consent=asks
        )
        self.campaigns[subject] = launched(draft, self.owner)
        self.launched_under[subject] = self.laws.now()
        if at_once:
            self.send()

    @rule(which=WHICH)
    @precondition(lambda self: self.going())
    def pause(self, which: int) -> None:
        for subject in self.going()[which : which + 1]:
            if stopping.pause(self.campaigns[subject], by=self.owner):
                self.held.add(subject)
                SEEN["paused"] += 1

    @rule(which=st.integers(0, 1))
    @precondition(lambda self: self.held)
    def resume(self, which: int) -> None:
        for subject in sorted(self.held)[which : which + 1]:
            if stopping.resume(self.campaigns[subject], by=self.owner):
                self.held.discard(subject)
                SEEN["resumed"] += 1

    @rule(which=WHICH)
    @precondition(lambda self: self.mailed and self.going())
    def stop(self, which: int) -> None:
        for subject in self.going()[which : which + 1]:
            if stopping.stop(self.campaigns[subject], by=self.owner):
                self.over.add(subject)
                SEEN["stopped"] += 1

    @rule()
    def send(self) -> None:
        before = sum(self.got.values()) + sum(self.requests.values())
        for a_slice in (running.send_chunks, running.send_due, running.send_due):
            self.answered.clear()
            a_slice()
        advance()
        assert DESK.faults == []
        self.mailed += sum(self.got.values()) + sum(self.requests.values()) - before

    # Hypothesis leaves out some rules of each history: the same under two names stays more often.
    @rule()
    def send_on(self) -> None:
        self.send()

    @rule()
    def an_hour_passes(self) -> None:
        """Everything that was put off is due."""
        with use_account(self.account):
            now = timezone.now()
            for rows in (DueRecipient.objects, ConsentRequest.objects):
                waiting = rows.for_account(self.account).filter(due_at__gt=now)
                SEEN["tried again"] += waiting.update(due_at=now)
        self.send()

    @rule(n=WHO, mood=st.sampled_from(["", BUSY, BUSY, DEAD, LOST]))
    def mailbox(self, n: int, mood: str) -> None:
        DESK.moods[self.addresses[n]] = mood

    # --- what people do -------------------------------------------------------------------------

    @rule(n=WHO, yes=st.booleans())
    def answer(self, n: int, yes: bool) -> None:
        who = self.addresses[n]
        request = self._request(who)
        if request is None:
            return
        said, open_question = self._said(who), request.state in UNANSWERED
        url = f"/c/{tokens.make('answer', self.account.pk, request.pk)}"
        answer = Client().post(url, {"answer": "yes" if yes else "no"})
        if request.state == "expired" or who in self.erased:
            assert answer.status_code == 404
            return
        counts = open_question if yes else said not in GONE and request.state != "left"
        if counts and (open_question or request.state == "agreed"):
            self._did(who, "agreed" if yes else "refused")
        if counts and yes:  # the mail arrived, so the address works
            self.people[who].happened.append(("lifted", timezone.now(), "bounce"))

    @rule(n=WHO)
    def leave(self, n: int) -> None:
        who = self.addresses[n]
        request = self._request(who)
        if request is not None:
            token = tokens.make("leave", self.account.pk, 0, request.pk)
            Client().post(f"/r/{token}", {"List-Unsubscribe": "One-Click"})
            if self._said(who) not in GONE:
                self._did(who, "unsubscribed")

    @rule(n=WHO)
    @precondition(lambda self: self.mailed)
    def complain(self, n: int) -> None:
        who = self.addresses[n]
        with use_account(self.account):
            suppress(self.account.pk, [hash_of(who)], "complaint")
        self._did(who, "complaint")

    @rule(n=WHO, on=st.booleans())
    @precondition(lambda self: self.mailed)
    def block(self, n: int, on: bool) -> None:
        who = self.addresses[n]
        with use_account(self.account):
            if on:
                suppress(self.account.pk, [hash_of(who)], "member")
                self._did(who, "member")
            else:
                lift(self.account.pk, [hash_of(who)], "member")
                self.people[who].happened.append(("lifted", timezone.now(), "member"))

    @rule(n=WHO)
    @precondition(lambda self: self.mailed)
    def erase(self, n: int) -> None:
        who = self.addresses[n]
        with use_account(self.account):
            erasing.erase(self.account, hash_of(who))
        if who not in self.erased:
            self._did(who, "withdrew")
        self.people[who].known = False
        self.erased.add(who)

    @rule(n=WHO)
    @precondition(lambda self: self.mailed)
    def delete(self, n: int) -> None:
        who = self.addresses[n]
        contact = self._contact(who)
        if contact is not None:
            with use_account(self.account):
                delete_contact(contact)
            self.people[who].known = False

    # --- what always holds ---------------------------------------------------------------------

    @invariant()
    def the_chain_verifies_and_standing_is_what_it_says(self) -> None:
        if hasattr(self, "account"):
            with use_account(self.account):
                assert chain.verify(self.account.pk) is None
                assert standing_off(self.account.pk) == 0

    @invariant()
    def nobody_is_asked_twice(self) -> None:
        if hasattr(self, "account"):
            assert max(self.requests.values()) <= 1

    @rule(place=st.integers(0, 10**6), how=st.sampled_from(["edit", "remove", "swap"]))
    def somebody_tampers(self, place: int, how: str) -> None:
        with use_account(self.account):
            last = ConsentRecord.objects.for_account(self.account).count()
            if last < (2 if how == "swap" else 1):
                return
            seq = place % (last - 1 if how == "swap" else last) + 1
            chain.check(self.account.pk)  # cutting off the newest is found by the look before
            with tampered(self.account.pk, seq, how):
                assert chain.check(self.account.pk).bad_seq is not None
            assert chain.verify(self.account.pk) is None

    def teardown(self) -> None:
        """Each history ends with one more newsletter, so that none of them passes in silence."""
        if hasattr(self, "account"):
            DESK.moods = {}
            self.import_one(n=3, country="US", proof=True, left=False)
            self.launch(asks=True, at_once=True)
            self.an_hour_passes()
            self.nobody_is_asked_twice()
            for campaign in self.campaigns.values():
                stopping.stop(campaign, by=self.owner)

    # --- small words ---------------------------------------------------------------------------

    def _known(self, who: str, country: str) -> None:
        self.people[who].known = True
        self.people[who].country = country

    def _said(self, who: str) -> str:
        everywhere = Sends("US", strict_unknown=False, asks=True)
        person = Someone(happened=[h for h in self.people[who].happened if h[0] in _SAYING])
        reason = straight_gate(SHIPPED, everywhere, person, timezone.now().date())[1]
        return reason if reason in ("agreed", *GONE) else ""

    def _left(self, who: str) -> bool:
        return bool(straight.blocked(self.people[who])) or self._said(who) in GONE

    def _contact(self, who: str) -> Contact | None:
        with use_account(self.account):
            contacts = Contact.objects.for_account(self.account).select_related("account")
            found: Contact | None = contacts.filter(address_hash=hash_of(who)).first()
        assert (found is not None) == self.people[who].known, who
        return found

    def _request(self, who: str) -> ConsentRequest | None:
        with use_account(self.account):
            requests = ConsentRequest.objects.for_account(self.account)
            found: ConsentRequest | None = requests.filter(address_hash=hash_of(who)).first()
        return found


_SAYING = ("agreed", "refused", "unsubscribed", "withdrew", "proof", "asked")


@pytest.fixture(autouse=True)
def own_state(settings: Any, tmp_path: Path) -> Any:
    settings.STATE_DIR = tmp_path
    settings.EMAIL_URL = ""
    settings.EMAIL_BACKEND = "tests.consent.far_end.FarEnd"
    Histories.folder = tmp_path
    running._engines.clear()
    yield
    running._engines.clear()


def test_no_history_mails_anybody_without_a_positive_verdict(db: None) -> None:
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize="ASSENT_HISTORIES" not in os.environ,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
            # A history that fails is shown as it was played: to shorten it takes minutes.
            phases=[Phase.generate],
        ),
    )
    assert min(MAILED["newsletter"], MAILED["question"]) >= 1
