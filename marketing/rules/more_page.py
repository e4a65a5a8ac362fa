"""What the More tab shows beside its switches: people counted, what it means, last changes."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Sum
from django.utils import timezone
from django.utils.formats import date_format

from marketing.access import may
from marketing.accounts.auditing import label
from marketing.accounts.settings_tabs import settings_tabs
from marketing.models import Account, AuditLine, ContactCount, CountryRule, Member
from marketing.rules.deciding import rule_for
from marketing.rules.foreseeing import changes_of_version
from marketing.rules.forms import MoreForm
from marketing.rules.policy import ANY_COUNTRY
from marketing.rules.saving import SUBJECT, in_words_of_change
from marketing.rules.versions import policy_in_force, policy_of, upcoming
from marketing.rules.wording import consent_text, tracking_text

LAST_CHANGES = 4


@dataclass(frozen=True)
class Numbers:
    """Contacts of the account: all, with a yes to tracking, and those under stricter rules."""

    people: int
    said_yes: int
    unknown: int
    asked_for_tracking: int  # in countries that ask each person
    asked_first: int  # in countries that keep consent on
    countries_asked_first: int


def numbers_of(account: Account, version: CountryRule) -> Numbers:
    """Two queries, over the kept counts and the rules; constant in the number of contacts."""
    rows = ContactCount.objects.for_account(account).values_list("country", "tracking")
    counts = list(rows.annotate(people=Sum("people")).order_by().filter(people__gt=0))
    rules = {rule.country: rule for rule in version.version.rules.all()}

    def rule(country: str) -> CountryRule:
        return rules.get(country) or rules[ANY_COUNTRY]

    named = [(country, people) for country, _, people in counts if country]
    strict = [(country, people) for country, people in named if rule(country).consent_locked]
    return Numbers(
        people=sum(people for _, _, people in counts),
        said_yes=sum(people for _, tracking, people in counts if tracking == "yes"),
        unknown=sum(people for country, _, people in counts if not country),
        asked_for_tracking=sum(p for country, p in named if rule(country).track_class != "N"),
        asked_first=sum(people for _, people in strict),
        countries_asked_first=len({country for country, _ in strict}),
    )


def more_page(member: Member, form: MoreForm) -> dict[str, Any]:
    """Context of the page."""
    account = member.account
    rule = rule_for(account.country)
    numbers = numbers_of(account, rule)
    return {
        "form": form,
        "tabs": settings_tabs(account.pk, "More"),
        "rule": rule,
        "numbers": numbers,
        "tracking_text": tracking_text(rule, account.country),
        "consent_text": consent_text(rule, account.country),
        "consent_on": rule.consent_locked or form["consent"].value(),
        "meaning": meaning(account, numbers, consent_locked=rule.consent_locked),
        "changes": last_changes(account) if may(member, "see_audit") else [],
        "may_save": may(member, "edit_settings"),
        "coming": coming(account) if may(member, "edit_settings") else None,
        "now": timezone.localtime(),
    }


def coming(account: Account) -> dict[str, Any] | None:
    """The next version of the rules and what it changes here; None where there is none."""
    version = upcoming()
    if version is None:
        return None
    changes = changes_of_version(account, old=policy_in_force(), new=policy_of(version))
    return {
        "day": date_format(version.valid_from, "j M Y"),
        "name": version.name,
        "source": version.source,
        "lines": changes.sentences() or ["Nothing changes for you."],
    }


def meaning(account: Account, numbers: Numbers, *, consent_locked: bool) -> list[tuple[str, str]]:
    """The card "What this means"."""
    consent = consent_locked or account.consent
    facts = [
        (
            "New campaigns",
            f"Tracking {'on' if account.tracking else 'off'}, consent {'on' if consent else 'off'}",
        ),
        ("Campaigns may", _campaigns_may(account, consent_locked=consent_locked)),
    ]
    if consent_locked:
        facts.append(("People in two countries", "The stricter rule counts"))
    elif numbers.asked_first:
        verb = "keeps its" if numbers.asked_first == 1 else "keep their"
        facts.append(("Stricter people", f"{numbers.asked_first:,} {verb} own country’s rule"))
    facts.append(("Proof", f"Kept {account.proof_months} months after a consent ended"))
    if numbers.unknown:
        people = "1 person" if numbers.unknown == 1 else f"{numbers.unknown:,} people"
        place = "as in the strictest country" if account.strict_unknown else "as in your own"
        facts.append(("Country unknown", f"{people}, treated {place}"))
    return facts


def _campaigns_may(account: Account, *, consent_locked: bool) -> str:
    if consent_locked:
        return "Turn tracking off. Never consent." if account.tracking else "Change neither"
    return "Change both" if account.tracking else "Change consent. Not turn tracking on."


def last_changes(account: Account) -> list[dict[str, Any]]:
    """The newest lines of the audit log about settings, in words."""
    lines = AuditLine.objects.for_account(account).filter(
        act__in=["settings.changed", "lock.forced", "account.opened"]
    )
    return [
        {
            "icon": "lock" if line.act == "lock.forced" else "history",
            "title": _title(line),
            "detail": f"{line.who.partition(' <')[0]}, "
            f"{date_format(timezone.localtime(line.at), 'j M Y, H:i')}",
        }
        for line in lines.order_by("-id")[:LAST_CHANGES]
    ]


def _title(line: AuditLine) -> str:
    if line.act != "settings.changed":
        return label(line.act)
    if line.subject == SUBJECT:
        return in_words_of_change(line.before, line.after)
    return f"{line.subject.removeprefix('Settings, ')} changed"
