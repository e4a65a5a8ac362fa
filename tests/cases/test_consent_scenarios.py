"""consent-scenarios.json: the gate as data, played through the product's own doors."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from campaigns.launching.joining import join
from campaigns.launching.waiting import close_waits
from campaigns.models import Campaign, Recipient
from campaigns.recipients.states import state_of
from consent.answering import acts
from consent.answering.people import Person, Witness, asked_person, leaving_person
from consent.asking import marking
from consent.gate import Question, people_of_contacts, verdicts
from consent.ledger.entries import Entry
from consent.ledger.recording import append
from consent.ledger.suppressing import suppress
from consent.models import ConsentRequest
from marketing.audience.addresses import read_address
from marketing.audience.contacts import note_countries
from marketing.audience.hashing import address_hash
from marketing.models import Account, Contact, SegmentMember
from marketing.signing import tokens
from marketing.tenancy import use_account
from tests.campaigns.launching_making import add_segment, launched, make_draft
from tests.cases.files import cases_of
from tests.making import make_account, make_contact, make_member, make_segment
from tests.tracking.making import make_event
from tracking.models import TrackingEvent

# event of the cases -> (event, act) of a consent record
HISTORY = {
    "asked": ("asked", "request_mail"),
    "agreed": ("agreed", "button"),
    "refused": ("refused", "button"),
    "unsubscribed": ("withdrew", "one_click"),
    "withdrew": ("withdrew", "preferences"),
    "imported_with_proof": ("imported", "import_proof"),
    "imported_claim_confirmed": ("imported", "import_claim"),
    "imported": ("imported", "import_claim"),
}
SUPPRESSED = {
    "complaint": "complaint",
    "hard_bounce": "bounce",
    "blocked_by_member": "member",
    "imported_exclusion": "import",
}
ANA = Witness(ip="198.51.100.20", agent="Firefox")


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


class Story:
    """One scenario, played."""

    def __init__(self, case: dict[str, Any]) -> None:
        self.case = case
        given = case["account"]
        self.account = make_account(
            country=given["country"],
            tracking=given["tracking"],
            consent=given["consent_switch"],
        )
        note_countries(self.account, given["other_contacts_in"])
        self.owner = make_member(self.account, "owner@acme.example", "owner")
        self.campaigns: dict[str, Campaign] = {}
        with use_account(self.account):
            self.segment = make_segment(self.account, "Readers", kind="fixed")
            self.contact = self._contact(case["contact"])
            self._history(case["contact"])

    def _contact(self, given: dict[str, Any]) -> Contact:
        basis = given["basis"] or {}
        contact = make_contact(
            self.account,
            given["address"],
            country=given["country"] or "",
            basis=basis.get("kind", ""),
            basis_evidence=basis.get("evidence", ""),
            basis_attested=basis.get("attested", False),
            basis_until=basis.get("expires"),
        )
        self._join_segment(contact)
        return contact

    def _join_segment(self, contact: Contact) -> None:
        SegmentMember.objects.create(account=self.account, segment=self.segment, contact=contact)

    def _history(self, given: dict[str, Any]) -> None:
        key = {"address_hash": bytes(self.contact.address_hash), "address": given["address"]}
        for step in given["history"]:
            if step["event"] != "deleted":
                event, act = HISTORY[step["event"]]
                append(
                    self.account.pk, [Entry(event=event, act=act, at=instant(step["at"]), **key)]
                )
        if given["tracking_choice"] != "none":
            said = (
                ("agreed", "box_ticked")
                if given["tracking_choice"] == "yes"
                else ("withdrew", "stop_tracking")
            )
            at = instant(self.case["now"]) - timedelta(days=1)
            entry = Entry(event=said[0], act=said[1], purpose="tracking", at=at, **key)
            append(self.account.pk, [entry])
        if given["suppression"]:
            suppress(self.account.pk, [key["address_hash"]], SUPPRESSED[given["suppression"]])

    def launch(self, name: str) -> None:
        given = self.case["campaign"]
        draft = make_draft(self.account, self.owner, name=name)
        with use_account(self.account):
            draft.segment_rows.all().delete()
            add_segment(draft, self.segment)
            Campaign.objects.for_account(self.account).filter(pk=draft.pk).update(
                require_consent=given["require_consent"],
                track_opens=given["track_opens"],
                track_clicks=given["track_clicks"],
                waiting_days=given["waiting_days"],
                keep_sending=True,
                keep_sending_until=instant(self.case["now"]).date() + timedelta(days=60),
            )
        self.campaigns[name] = launched(draft, self.owner)
        self._deliver_requests()

    def _deliver_requests(self) -> None:
        """The relay, a far end, takes every request."""
        with use_account(self.account):
            waiting = ConsentRequest.objects.for_account(self.account).filter(state="open")
            marking.mark(
                self.account.pk,
                [
                    marking.Outcome(
                        request_id=request.pk,
                        became=marking.Became.ASKED,
                        message_id=f"<r{request.pk}@mail.assent.example>",
                        reply="250 2.0.0 accepted",
                    )
                    for request in waiting
                ],
            )

    def requests_sent(self) -> int:
        with use_account(self.account):
            rows = ConsentRequest.objects.for_account(self.account)
            return rows.filter(asked_at__isnull=False).count()

    def row(self, name: str, address: str) -> Recipient:
        key = address_hash(read_address(address).key)
        return Recipient.objects.for_account(self.account).get(
            campaign_id=self.campaigns[name].pk, address_hash=key
        )

    def do(self, act: str) -> None:
        """Play one later step; unknown words fail the test."""
        steps: dict[str, Callable[[], None]] = {
            "agree": lambda: self._answer("agree"),
            "refuse": lambda: self._answer("refuse"),
            "one_click_leave": lambda: self._answer("one_click_leave"),
            "unsubscribe": lambda: self._from_the_mail("unsubscribe"),
            "stop_tracking": lambda: self._from_the_mail("stop_tracking"),
            "complain": self._complain,
            "waiting time ends": self._end_waiting,
            "launch c2 like c1": lambda: self.launch("c2"),
            "set account country US": lambda: self._change_account(country="US"),
            "set account tracking off": lambda: self._change_account(tracking=False),
            "contact b@example.test (DE, unknown to us) enters the segment": self._enter_b,
            "contact b@example.test leaves and enters again": self._enter_b_again,
            # The row is what matters; requests for pixel and link are looked at by the test.
            "send c1": lambda: None,
            "pixel c1": lambda: None,
            "link c1": lambda: None,
        }
        steps[act]()

    def _complain(self) -> None:
        with use_account(self.account):
            suppress(self.account.pk, [bytes(self.contact.address_hash)], "complaint")

    def _end_waiting(self) -> None:
        close_waits(self.account.pk, self.campaigns["c1"].pk, now=timezone.now())

    def _change_account(self, **fields: Any) -> None:
        Account.objects.filter(pk=self.account.pk).update(**fields)

    def _answer(self, act: str) -> None:
        with use_account(self.account):
            request = ConsentRequest.objects.for_account(self.account).get(
                address_hash=bytes(self.contact.address_hash)
            )
            person: Person | None = asked_person(tokens.make("answer", self.account.pk, request.pk))
            assert person is not None
            if act == "agree":
                acts.agree(person, ANA, tracking=self.case["contact"]["tracking_choice"] == "yes")
            elif act == "refuse":
                acts.refuse(person, ANA)
            else:
                acts.leave(person, ANA, act="one_click")

    def _from_the_mail(self, act: str) -> None:
        campaign = self.campaigns["c1"]
        token = tokens.make("leave", self.account.pk, campaign.pk, self.contact.pk)
        with use_account(self.account):
            person = leaving_person(token, of_request=False)
            assert person is not None
            if act == "unsubscribe":
                acts.leave(person, ANA, act="footer_link")
            else:
                acts.stop_tracking(person, ANA)

    def _enter_b(self) -> None:
        with use_account(self.account):
            self._join_segment(make_contact(self.account, "b@example.test", country="DE"))
        self._look_for_joiners()

    def _enter_b_again(self) -> None:
        with use_account(self.account):
            b = Contact.objects.for_account(self.account).get(address="b@example.test")
            SegmentMember.objects.for_account(self.account).filter(contact=b).delete()
            self._join_segment(b)
        self._look_for_joiners()

    def _look_for_joiners(self) -> None:
        join(self.account.pk, self.campaigns["c1"].pk)
        self._deliver_requests()

    def recorded(self, kind: str) -> bool:
        """Whether a request for pixel or link is stored now."""
        with use_account(self.account):
            before = TrackingEvent.objects.for_account(self.account).count()
            make_event(
                self.campaigns["c1"],
                self.contact,
                {"pixel": "open", "link": "click"}[kind],
                number=0 if kind == "pixel" else 1,
            )
            return TrackingEvent.objects.for_account(self.account).count() > before


def expect(story: Story, wanted: dict[str, Any], where: str) -> None:
    """The state of c1, or of "c1:address", is as the case says."""
    name, _, address = where.partition(":")
    with use_account(story.account):
        row = story.row(name, address or story.case["contact"]["address"])
        state = state_of(row, stopped=False)
        assert state.label == wanted["status"]
        if wanted["may_send"] or wanted["status"] == "Never sent":
            reason = row.closed_reason or row.reason
            assert (reason == wanted["reason"]) or (
                row.released_at is not None and wanted["reason"] == "agreed"
            )


@pytest.mark.django_db
@pytest.mark.parametrize("case", cases_of("consent-scenarios.json"))
def test_the_gate_answers_as_the_case_says(case: dict[str, Any]) -> None:
    now = instant(case["now"])
    with time_machine.travel(now, tick=False):
        story = Story(case)
    question = Question(
        account_id=story.account.pk,
        campaign_id=0,
        require_consent=case["campaign"]["require_consent"],
        now=now,
    )
    with use_account(story.account), connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT v.verdict, v.reason,
                    may_track(%(tracking)s, %(opens)s, v.track_class, v.tracking_choice),
                    may_track(%(tracking)s, %(clicks)s, v.track_class, v.tracking_choice)
                FROM {verdicts(people_of_contacts("true"))} v""",
            question.params()
            | {
                "tracking": case["account"]["tracking"],
                "opens": case["campaign"]["track_opens"],
                "clicks": case["campaign"]["track_clicks"],
            },
        )
        ((verdict, reason, opens, clicks),) = cursor.fetchall()
    wanted = case["expected"]
    assert (verdict == 1, verdict == 2, reason) == (
        wanted["may_send"],
        wanted["ask_first"],
        wanted["reason"],
    )
    if wanted["may_track"] is not None:
        assert {"opens": opens, "clicks": clicks} == wanted["may_track"]


@pytest.mark.django_db
@pytest.mark.parametrize("case", cases_of("consent-scenarios.json"))
def test_the_story_goes_as_the_case_says(case: dict[str, Any]) -> None:
    with time_machine.travel(instant(case["now"]), tick=False):
        story = Story(case)
        story.launch("c1")
        expect(story, case["expected"], "c1")
        assert story.requests_sent() == case["request_mails"]
    for step in case.get("then", []):
        with time_machine.travel(instant(step["at"]), tick=False):
            if step["do"] in {"pixel c1", "link c1"}:
                assert story.recorded(step["do"].split()[0]) is step["recorded"]
            story.do(step["do"])
            for where, wanted in step["expected"].items():
                expect(story, wanted, where)
            if "request_mails_total" in step:
                assert story.requests_sent() == step["request_mails_total"]
