"""What the far end of the random histories thinks of each mail, by the straight-line gate alone."""

from collections import Counter
from dataclasses import replace
from datetime import datetime

from django.utils import timezone

from campaigns.models import Campaign
from marketing.models import Account
from tests.consent.far_end import DEAD, LOST
from tests.consent.laws import Laws
from tests.consent.straight_gate import ASK, SEND, Law, Sends, Someone, straight_gate

MAILED: Counter[str] = Counter()  # that the histories do mail somebody
SEEN: Counter[str] = Counter()  # that the rarer things do happen


class Judging:
    """What the test itself believes, and the look at each mail that is handed over."""

    account: Account
    laws: Laws
    people: dict[str, Someone]
    campaigns: dict[str, Campaign]  # by subject
    launched_under: dict[str, Law]
    held: set[str]  # subjects of paused campaigns
    over: set[str]  # and of stopped ones
    got: Counter[tuple[str, str]]
    requests: dict[str, int]
    answered: list[tuple[str, datetime, object]]  # by the far end, in this slice

    def going(self) -> list[str]:
        """Subjects of campaigns that were neither paused nor stopped."""
        return [one for one in self.campaigns if one not in self.held | self.over]

    def judge(self, address: str, subject: str, mood: str) -> str:
        """The far end asks, at the moment of each hand-over: may this person get this mail?"""
        person = self.people.get(address)
        if person is None:
            return f"{address} is a stranger"
        fault = self._fault_of(address, subject)
        if subject in self.campaigns:
            self.got[subject, address] += mood in ("", LOST)
            MAILED["newsletter"] += mood in ("", LOST)
        elif mood in ("", LOST):
            self.requests[address] += 1
            MAILED["question"] += 1
            self._answers(address, "asked")
        if mood == DEAD:
            self._answers(address, "bounce")
        SEEN[mood] += 1
        return fault

    def _fault_of(self, address: str, subject: str) -> str:
        about = f"{subject} to {address}: {self.people[address]}"
        if subject not in self.campaigns:
            wanted = any(ASK in self._verdicts(one, address) for one in self.going())
            return "" if wanted and not self.requests[address] else f"asked in vain: {about}"
        if subject in self.held | self.over:
            return f"paused or stopped: {about}"
        if self.got[subject, address]:
            return f"twice: {about}"
        return "" if SEND in self._verdicts(subject, address) else f"no verdict: {about}"

    def _answers(self, who: str, what: str) -> None:
        self._did(who, what)
        self.answered.append(self.people[who].happened[-1])

    def _verdicts(self, subject: str, who: str) -> set[int]:
        """By all that happened, and by what was known when this slice began: a verdict counts for
        two seconds, and what the far end says meanwhile is written down within the slice."""
        campaign, person = self.campaigns[subject], self.people[who]
        sends = Sends(
            self.account.country,
            self.account.strict_unknown,
            campaign.require_consent,
            frozen=campaign.frozen_country,
            frozen_law=self.launched_under[subject],
        )
        known = [one for one in person.happened if one not in self.answered]
        law, today = self.laws.now(), timezone.now().date()
        return {
            straight_gate(law, sends, replace(person, happened=happened), today)[0]
            for happened in (person.happened, known)
        }

    def _did(self, who: str, what: str) -> None:
        self.people[who].happened.append((what, timezone.now(), None))
