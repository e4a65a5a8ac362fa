"""Random histories over every way in and out: nobody is mailed without a positive verdict.

Played through the product's own doors, with real sending into Django's outbox; judged by the
straight-line gate. ASSENT_HISTORIES raises the number of histories.
"""

import itertools
import os
from collections import Counter
from contextlib import suppress as suppress_error
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from campaigns.launching.advancing import advance
from campaigns.models import Campaign
from campaigns.sending import running
from consent.erasing import erasing
from consent.ledger import chain
from consent.ledger.deriving import standing_off
from consent.ledger.suppressing import suppress
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
from tests.consent.importing_files import run_import
from tests.consent.making import hash_of
from tests.consent.straight_gate import SEND, Sends, Someone, rules, straight_gate
from tests.making import make_account, make_member

HISTORIES = int(os.environ.get("ASSENT_HISTORIES", "8"))
LAW = rules()
ADDRESSES = [f"p{n}@example.test" for n in range(4)]
COUNTRIES = ["US", "FR", "CA", "PL", ""]
GONE = ("refused", "unsubscribed", "withdrew")
_number = itertools.count(1)
WHO = st.sampled_from(ADDRESSES)
MAILED: Counter[str] = Counter()  # that the histories do mail somebody


class Histories(RuleBasedStateMachine):
    """One account and three addresses; `people` is what the test itself believes."""

    @initialize(country=st.sampled_from(["US", "US", "FR"]))
    def begin(self, country: str) -> None:
        number = next(_number)
        self.account: Account = make_account(f"Shop {number}", country=country)
        self.owner: Member = make_member(self.account, f"owner{number}@shop.example", "owner")
        self.people = {address: Someone(known=False) for address in ADDRESSES}
        self.campaigns: dict[str, Campaign] = {}
        self.requests: dict[str, int] = dict.fromkeys(ADDRESSES, 0)
        self.erased: set[str] = set()
        self.mailed = 0
        self.type_in(who=ADDRESSES[0], country="US")
        self.type_in(who=ADDRESSES[1], country="FR")

    # --- ways in ---------------------------------------------------------------------------

    @rule(who=WHO, country=st.sampled_from(COUNTRIES))
    def type_in(self, who: str, country: str) -> None:
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

    @rule(who=WHO, country=st.sampled_from(COUNTRIES), proof=st.booleans(), left=st.booleans())
    def import_one(self, who: str, country: str, proof: bool, left: bool) -> None:
        person = self.people[who]
        out = self._left(who)
        columns = f"{who},{country},{'2026-11-24' if proof else ''},{'Fair' if proof else ''}"
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
            when = datetime(2026, 11, 24, tzinfo=UTC)
            person.happened.append(("proof", timezone.now(), when))

    @rule(who=WHO, country=st.sampled_from(COUNTRIES))
    def move(self, who: str, country: str) -> None:
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

    # --- campaigns ---------------------------------------------------------------------------

    @rule(asks=st.booleans(), at_once=st.booleans())
    @precondition(lambda self: len(self.campaigns) < 4)
    def launch(self, asks: bool, at_once: bool) -> None:
        asks = asks or is_consent_locked(self.account)
        subject = f"News number {len(self.campaigns)}"
        draft = make_draft(
            self.account, self.owner, name=subject, subject=subject, require_consent=asks
        )
        self.campaigns[subject] = launched(draft, self.owner)
        if at_once:
            self.send_and_retry()

    @rule()
    def send_and_retry(self) -> None:
        allowed = {
            (subject, who)
            for subject, campaign in self.campaigns.items()
            for who in ADDRESSES
            if self._may(campaign, who)
        }
        before = len(mail.outbox)
        running.send_chunks()
        running.send_due()
        running.send_due()
        advance()
        self.mailed += len(mail.outbox) - before
        for message in mail.outbox[before:]:
            who = message.to[0]
            if message.subject in self.campaigns:
                assert (message.subject, who) in allowed, (message.subject, self.people[who])
                MAILED["newsletter"] += 1
            else:
                MAILED["question"] += 1
                self.requests[who] += 1
                self.people[who].happened.append(("asked", timezone.now(), None))

    # --- what people do -------------------------------------------------------------------------

    @rule(who=WHO, yes=st.booleans())
    def answer(self, who: str, yes: bool) -> None:
        request = self._request(who)
        if request is None:
            return
        said, open_question = self._said(who), request.state in ("open", "asked")
        url = f"/c/{tokens.make('answer', self.account.pk, request.pk)}"
        answer = Client().post(url, {"answer": "yes" if yes else "no"})
        if request.state == "expired" or who in self.erased:
            assert answer.status_code == 404
            return
        counts = open_question if yes else said not in GONE and request.state != "left"
        if counts and (open_question or request.state == "agreed"):
            self._did(who, "agreed" if yes else "refused")

    @rule(who=WHO)
    def leave(self, who: str) -> None:
        request = self._request(who)
        if request is not None:
            token = tokens.make("leave", self.account.pk, 0, request.pk)
            Client().post(f"/r/{token}", {"List-Unsubscribe": "One-Click"})
            if self._said(who) not in GONE:
                self._did(who, "unsubscribed")

    @rule(who=WHO)
    @precondition(lambda self: self.mailed)
    def complain(self, who: str) -> None:
        with use_account(self.account):
            suppress(self.account.pk, [hash_of(who)], "complaint")
        self._did(who, "complaint")

    @rule(who=WHO)
    @precondition(lambda self: self.mailed)
    def erase(self, who: str) -> None:
        with use_account(self.account):
            erasing.erase(self.account, hash_of(who))
        if who not in self.erased:
            self._did(who, "withdrew")
        self.people[who].known = False
        self.erased.add(who)

    @rule(who=WHO)
    @precondition(lambda self: self.mailed)
    def delete(self, who: str) -> None:
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
            with suppress_error(_PutBackError), transaction.atomic():
                _tamper(self.account.pk, seq, how)
                # The newest record may be cut off unseen by the chain alone: by the last look.
                if how != "remove" or seq < last:
                    assert chain.verify(self.account.pk) is not None
                raise _PutBackError
            assert chain.verify(self.account.pk) is None

    def teardown(self) -> None:
        """Each history ends with one more newsletter, so that none of them passes in silence."""
        if hasattr(self, "account"):
            self.import_one(who=ADDRESSES[3], country="US", proof=True, left=False)
            self.launch(asks=True, at_once=True)
            self.nobody_is_asked_twice()

    # --- small words ---------------------------------------------------------------------------

    def _known(self, who: str, country: str) -> None:
        self.people[who].known = True
        self.people[who].country = country

    def _did(self, who: str, what: str) -> None:
        self.people[who].happened.append((what, timezone.now(), None))

    def _said(self, who: str) -> str:
        everywhere = Sends("US", strict_unknown=False, asks=True)
        person = Someone(happened=[h for h in self.people[who].happened if h[0] in _SAYING])
        reason = straight_gate(LAW, everywhere, person, timezone.now().date())[1]
        return reason if reason in ("agreed", *GONE) else ""

    def _left(self, who: str) -> bool:
        blocked = any(what in ("complaint", "import") for what, _, _ in self.people[who].happened)
        return blocked or self._said(who) in GONE

    def _may(self, campaign: Campaign, who: str) -> bool:
        self.account.refresh_from_db()
        sends = Sends(
            self.account.country,
            self.account.strict_unknown,
            campaign.require_consent,
            frozen=campaign.frozen_country,
        )
        today = timezone.now().date()
        return straight_gate(LAW, sends, self.people[who], today)[0] == SEND

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


class _PutBackError(Exception):
    """Ends the transaction of somebody who tampers."""


def _tamper(account_id: int, seq: int, how: str) -> None:
    """As somebody with the keys of the database would."""
    record = "account_id = %(account)s AND seq"
    statements = {
        "edit": [f"UPDATE consent_record SET body = body || 'x' WHERE {record} = %(seq)s"],
        "remove": [f"DELETE FROM consent_record WHERE {record} = %(seq)s"],
        "swap": [
            f"UPDATE consent_record SET seq = -1 WHERE {record} = %(seq)s",
            f"UPDATE consent_record SET seq = seq - 1 WHERE {record} = %(seq)s + 1",
            f"UPDATE consent_record SET seq = %(seq)s + 1 WHERE {record} = -1",
        ],
    }
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE assent_owner")
        for statement in statements[how]:
            cursor.execute(statement, {"account": account_id, "seq": seq})
        cursor.execute("SET LOCAL ROLE NONE")


@pytest.fixture(autouse=True)
def own_state(settings: Any, tmp_path: Path) -> Any:
    settings.STATE_DIR = tmp_path
    settings.EMAIL_URL = ""
    running._engines.clear()
    yield
    running._engines.clear()


def test_no_history_mails_anybody_without_a_positive_verdict(db: None) -> None:
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=25,
            deadline=None,
            derandomize="ASSENT_HISTORIES" not in os.environ,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
    assert min(MAILED["newsletter"], MAILED["question"]) >= 1
