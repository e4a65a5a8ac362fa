"""What other rules would change for an account: a coming version, or another country.

People are counted by the kept counts, campaigns by their states (of a higher room: plain SQL,
docs/decisions/0007). Nothing is written here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.models import Sum

from marketing.models import Account, ContactCount
from marketing.rules.policy import OPTINS, STRICTEST, CountryRule, Policy, is_looser, strictest
from marketing.rules.wording import place_of

_CAMPAIGNS: Final = """
SELECT CASE WHEN state IN ('draft', 'scheduled') THEN state ELSE 'running' END, count(*)
FROM campaign WHERE account_id = %s AND state NOT IN ('finished', 'stopped') GROUP BY 1
"""
Rule = Callable[[str], CountryRule]  # country of a contact -> what binds them


@dataclass(frozen=True)
class Changes:
    """What would be different. People are contacts as they are known today."""

    own: tuple[str, ...] = ()  # the account's own country, in sentences
    asked: int = 0  # people who would have to agree first, and need not today
    freed: int = 0  # people who would no longer have to
    measured_less: int = 0  # measured only by their own yes from then on
    measured_more: int = 0
    stricter: int = 0  # stricter in any column
    looser: int = 0
    drafts: int = 0
    scheduled: int = 0
    running: int = 0

    @property
    def any(self) -> bool:
        """Whether anything is different for anybody."""
        return bool(self.own or self.stricter or self.looser)

    def sentences(self) -> list[str]:
        """For the page and the command."""
        lines = list(self.own)
        lines += _counted(self.asked, "must agree before the next newsletter")
        lines += _counted(self.freed, "need no longer agree first")
        lines += _counted(self.measured_less, "measured only with their own yes", verb="be")
        lines += _counted(self.measured_more, "measured unless they object", verb="be")
        waiting = self.drafts + self.scheduled
        if lines and waiting:
            them = (
                "1 draft or scheduled campaign is"
                if waiting == 1
                else (f"{waiting:,} drafts and scheduled campaigns are")
            )
            lines.append(f"{them} judged by the new rules when they start.")
        if lines and self.running:
            them = (
                "1 running campaign keeps"
                if self.running == 1
                else (f"{self.running:,} running campaigns keep")
            )
            lines.append(f"{them} the stricter of both rules, from the next mail on.")
        return lines


def changes_of_version(account: Account, *, old: Policy, new: Policy) -> Changes:
    """What a version changes for the account; call inside `use_account`."""
    return _changes(account, _binding(account, old), _binding(account, new))


def changes_of_country(account: Account, country: str, rules: Policy) -> Changes:
    """What moving to another country changes; call inside `use_account`."""
    moved = Account(country=country, strict_unknown=account.strict_unknown)
    return _changes(account, _binding(account, rules), _binding(moved, rules), country=country)


def _binding(account: Account, rules: Policy) -> Rule:
    own = rules.rule_for(account.country)

    def rule(country: str) -> CountryRule:
        if country:
            return strictest([own, rules.rule_for(country)])
        return STRICTEST if account.strict_unknown and own.track_class != "C" else own

    return rule


def _changes(account: Account, before: Rule, after: Rule, *, country: str = "") -> Changes:
    pairs = [(people, before(place), after(place)) for place, people in _people(account).items()]

    def many(holds: Callable[[CountryRule, CountryRule], bool]) -> int:
        return sum(people for people, was, will in pairs if holds(was, will))

    campaigns = _campaigns(account)
    where = country or account.country
    return Changes(
        own=tuple(_own(before(account.country), after(where), where)),
        asked=many(lambda was, will: will.consent_locked and not was.consent_locked),
        freed=many(lambda was, will: was.consent_locked and not will.consent_locked),
        measured_less=many(lambda was, will: was.track_class == "N" != will.track_class),
        measured_more=many(lambda was, will: will.track_class == "N" != was.track_class),
        stricter=many(is_looser),
        looser=many(lambda was, will: is_looser(will, was)),
        drafts=campaigns.get("draft", 0),
        scheduled=campaigns.get("scheduled", 0),
        running=campaigns.get("running", 0),
    )


def _own(was: CountryRule, will: CountryRule, country: str) -> Iterable[str]:
    place = place_of(country)
    if will.consent_locked and not was.consent_locked:
        yield f"Consent to receive newsletters is locked on in {place}."
    elif was.consent_locked and not will.consent_locked:
        yield f"Consent to receive newsletters becomes your choice in {place}; it stays as it is."
    elif OPTINS.index(will.optin) < OPTINS.index(was.optin):
        yield f"Fewer people may be written to without asking in {place}."
    elif OPTINS.index(will.optin) > OPTINS.index(was.optin):
        yield f"More people may be written to without asking in {place}."
    if was.track_class == "N" != will.track_class:
        yield f"In {place} opens and clicks are measured only for people who said yes themselves."
    elif will.track_class == "N" != was.track_class:
        yield f"In {place} opens and clicks may be measured unless a person objects."


def _people(account: Account) -> dict[str, int]:
    rows = ContactCount.objects.for_account(account).values_list("country")
    return dict(rows.annotate(many=Sum("people")).order_by().filter(many__gt=0))


def _campaigns(account: Account) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(_CAMPAIGNS, [account.pk])
        return dict(cursor.fetchall())


def _counted(people: int, what: str, *, verb: str = "") -> list[str]:
    if not people:
        return []
    if verb:
        what = f"{'is' if people == 1 else 'are'} {what}"
    elif people == 1:
        what = what.replace("need ", "needs ", 1)
    return [f"1 person {what}." if people == 1 else f"{people:,} people {what}."]
