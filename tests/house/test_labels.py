"""The words of states and reasons as screens and exports rely on them, one test each.

Written a second time on purpose: who changes a word changes it knowingly in two places.
"""

import json

import pytest

from bin.places import ROOT
from campaigns.models import Campaign
from campaigns.recipients.reasons import REASONS, label
from campaigns.recipients.states import State
from consent.models import ConsentRecord
from marketing.audience.models import Suppression
from marketing.audience.showing.filters import CONSENTS

LOOKS: dict[str, list[str]] = json.loads((ROOT / "frontend" / "states.json").read_text())

# code -> word on screen, colour family, icon
RECIPIENTS = {
    "queued": ("Queued", "blue", "clock"),
    "pending_consent": ("Pending consent", "amber", "hourglass"),
    "sent": ("Sent", "green", "check"),
    "never_sent": ("Never sent", "slate", "ban"),
    "failed": ("Has errors", "red", "alert-circle"),
    "unknown": ("Outcome unknown", "violet", "help-circle"),
    "stopped": ("Stopped", "slate", "player-stop"),
}
CAMPAIGNS = {
    "draft": ("Draft", "grey", "pencil"),
    "scheduled": ("Scheduled", "blue", "calendar"),
    "preparing": ("Preparing", "cyan", "loader-2"),
    "sending": ("Sending", "cyan", "send"),
    "waiting": ("Waiting for consent", "amber", "hourglass"),
    "paused": ("Paused", "orange", "player-pause"),
    "finished": ("Finished", "green", "check"),
    "stopped": ("Stopped", "slate", "player-stop"),
}
EVENTS = {
    "asked": ("Asked", "blue", "mail"),
    "agreed": ("Agreed", "green", "check"),
    "refused": ("Refused", "slate", "x"),
    "withdrew": ("Withdrew", "orange", "arrow-back-up"),
    "imported": ("Imported", "grey", "file-import"),
    "expired": ("Expired", "slate", "clock-off"),
    "complained": ("Complained", "red", "flag"),
    "bounced": ("Bounced", "red", "alert-circle"),
    "blocked": ("Blocked", "slate", "ban"),
    "unblocked": ("Unblocked", "grey", "arrow-back-up"),
}
PEOPLE = {
    "agreed": ("Agreed", "green", "check"),
    "not_asked": ("Not asked yet", "grey", "minus"),
    "no_answer": ("Asked, no answer", "amber", "hourglass"),
    "refused": ("Refused", "slate", "x"),
    "unsubscribed": ("Unsubscribed", "slate", "user-minus"),
    "withdrew": ("Withdrew consent", "orange", "arrow-back-up"),
    "customer": ("Customer", "cyan", "shopping-bag"),
    "bounced": ("Bounced", "red", "alert-circle"),
    "blocked": ("Blocked", "slate", "ban"),
}
WHY = {
    "suppressed_complaint": "Complained",
    "suppressed_bounce": "Address bounced",
    "suppressed_member": "Blocked by a member",
    "suppressed_import": "Excluded by import",
    "unsubscribed": "Unsubscribed",
    "refused": "Refused",
    "withdrew": "Withdrew consent",
    "contact_deleted": "Contact deleted",
    "agreed": "Agreed",
    "asked_no_answer": "Asked before, no answer",
    "basis_existing_customer": "Customer",
    "basis_implied": "Implied consent",
    "no_consent_needed": "No consent needed",
    "asked_now": "Asked first",
    "no_answer_in_time": "No answer in time",
    "stopped": "Stopped",
}


def test_no_state_and_no_reason_is_left_out() -> None:
    assert set(RECIPIENTS) == set(State)
    assert set(CAMPAIGNS) == set(Campaign.State.values)
    assert set(EVENTS) == set(ConsentRecord.Event.values)
    assert set(PEOPLE) == set(CONSENTS)
    assert set(WHY) == set(REASONS)


@pytest.mark.parametrize("code", RECIPIENTS)
def test_state_of_a_recipient_has_its_word_and_look(code: str) -> None:
    assert (State(code).label, *LOOKS[code]) == RECIPIENTS[code]


@pytest.mark.parametrize("code", CAMPAIGNS)
def test_state_of_a_campaign_has_its_word_and_look(code: str) -> None:
    assert (Campaign.State(code).label, *LOOKS[code]) == CAMPAIGNS[code]


@pytest.mark.parametrize("code", EVENTS)
def test_event_of_the_ledger_has_its_word_and_look(code: str) -> None:
    assert (ConsentRecord.Event(code).label, *LOOKS[code]) == EVENTS[code]


@pytest.mark.parametrize("code", PEOPLE)
def test_consent_of_a_contact_has_its_word_and_look(code: str) -> None:
    assert (CONSENTS[code], *LOOKS[code]) == PEOPLE[code]


@pytest.mark.parametrize("code", WHY)
def test_reason_has_its_word_and_a_sentence(code: str) -> None:
    assert label(code) == WHY[code]
    assert REASONS[code].sentence.endswith(".")
    assert REASONS[code].code == code


@pytest.mark.parametrize("reason", Suppression.Reason.values)
def test_what_forbids_mail_is_a_reason_of_campaigns(reason: str) -> None:
    assert f"suppressed_{reason}" in REASONS
