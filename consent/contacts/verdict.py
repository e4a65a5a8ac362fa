"""Why this person gets the next campaign, is asked first, or never gets it: the gate's row now.

The question is that of a campaign which requires what the account's own switch requires.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection
from django.urls import reverse

from consent.gate import ASK, NEVER, SEND, Question, people_of_contacts, verdicts
from consent.models import ConsentRecord, ConsentRequest
from consent.reasons import BY_CODE, ROWS
from marketing.audience.showing.list_page import basis_of
from marketing.models import Account, Contact
from marketing.rules.countries import country_name
from marketing.rules.versions import policy_in_force

_HEADLINES: Final = {
    SEND: ("sent", "Gets it now"),
    ASK: ("pending_consent", "Is asked first"),
    NEVER: ("never_sent", "Never gets it"),
}
# Reason -> the events of the ledger that can be its evidence.
_EVENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "suppressed_complaint": ("complained",),
    "suppressed_bounce": ("bounced",),
    "suppressed_member": ("blocked",),
    "suppressed_import": ("blocked",),
    "unsubscribed": ("withdrew", "refused"),
    "refused": ("refused",),
    "withdrew": ("withdrew", "refused"),
    "agreed": ("agreed", "imported"),
    "asked_no_answer": ("asked",),
}


@dataclass(frozen=True)
class Evidence:
    """One fact behind the verdict, with the page that proves it where there is one."""

    name: str
    value: str
    url: str = ""


@dataclass(frozen=True)
class Verdict:
    """What the gate says about one contact now, in words."""

    state: str
    headline: str
    sentence: str
    evidence: tuple[Evidence, ...]


def verdict_of(contact: Contact) -> Verdict:
    """Ask the gate about one contact; three statements whatever was recorded."""
    account = contact.account
    question = Question(account_id=account.pk, campaign_id=0, require_consent=account.consent)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT v.verdict, v."row", v.reason, v.reason_at, v.imported, v.strict
                FROM {verdicts(people_of_contacts("c.id = %(contact)s"))} v""",
            question.params() | {"contact": contact.pk},
        )
        found = cursor.fetchone()
    if found is None:
        return Verdict(*_HEADLINES[NEVER], "No rules are in force, so nobody is mailed.", ())
    verdict, row, reason, at, imported, strict = found
    known = BY_CODE.get(reason)
    sentence = known.sentence if known else reason
    evidence = [Evidence("Decided by", f"Rule {row} of 7: {ROWS[row].lower()}")]
    evidence += _proof(contact, reason, at, imported=imported)
    if row in (5, 6, 7):
        evidence += _rules(contact, account, strict=strict)
    return Verdict(*_HEADLINES[verdict], sentence, tuple(evidence))


def _proof(contact: Contact, reason: str, at: datetime | None, *, imported: bool) -> list[Evidence]:
    facts = []
    record = _record(contact, reason)
    if at or record:
        when = _moment(at or record.at, contact.account)
        url = reverse("consent:record", args=[contact.account_id, record.seq]) if record else ""
        facts.append(Evidence("Since", when, url))
    if imported:
        facts.append(Evidence("How", "Their yes came with an import that proves it"))
    if reason == "asked_no_answer":
        facts += _asked(contact)
    return facts


def _record(contact: Contact, reason: str) -> Any:
    """The newest record of the ledger that can have brought this reason."""
    mine = ConsentRecord.objects.for_account(contact.account_id).filter(
        address_hash=contact.address_hash, event__in=_EVENTS.get(reason, ())
    )
    return mine.filter(purpose="newsletter").order_by("-seq").first()


def _asked(contact: Contact) -> list[Evidence]:
    request = (
        ConsentRequest.objects.for_account(contact.account_id)
        .filter(address_hash=contact.address_hash)
        .first()
    )
    if request is None:
        return []
    facts = [Evidence("Asked by", request.source)] if request.source else []
    return [*facts, Evidence("Request", str(request.get_state_display()))]


def _rules(contact: Contact, account: Account, *, strict: bool) -> list[Evidence]:
    """What each country says, and the account's own switch; the basis where one is recorded."""
    own = Evidence("Your country", _rule(account.country))
    if contact.country:
        theirs = Evidence("Their country", _rule(contact.country))
    elif strict:
        theirs = Evidence("Their country", "Unknown: treated by the strictest rule")
    else:
        theirs = Evidence("Their country", "Unknown: counts as yours")
    switch = "Asks for consent" if account.consent else "Does not ask beyond the law"
    facts = [own, theirs, Evidence("Your account", switch)]
    return [*facts, Evidence("Basis", basis_of(contact))] if contact.basis else facts


def _rule(country: str) -> str:
    locked = policy_in_force().rule_for(country).consent_locked
    return f"{country_name(country)}: {'consent is needed' if locked else 'no consent is needed'}"


def _moment(at: datetime, account: Account) -> str:
    return f"{at.astimezone(ZoneInfo(account.time_zone)):%-d %b %Y, %H:%M}"
