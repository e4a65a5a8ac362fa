"""The gate once more, in a straight line, for tests only: product.md 3 read from top to bottom.

Shares no code with the product: it reads the policy file itself and folds a plain history.
"""

import csv
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeAlias

from tests.cases.files import cases_file

SEND, ASK, NEVER = 1, 2, 3

Law: TypeAlias = dict[str, dict[str, str]]


@dataclass
class Someone:
    """One address in one account: what is known, and everything that happened, oldest first.

    A happening is (what, when, more): asked, agreed, refused, unsubscribed, withdrew, proof (more:
    when they agreed elsewhere), complaint, bounce, member, import, lifted (more: which).
    """

    country: str = ""
    basis: str = ""
    evidence: str = ""
    attested: bool = False
    until: date | None = None
    known: bool = True
    happened: list[tuple[str, datetime, object]] = field(default_factory=list)


@dataclass
class Sends:
    """The account's and the campaign's side; the law it was launched under binds on."""

    country: str
    strict_unknown: bool
    asks: bool
    frozen: str = ""
    frozen_law: Law | None = None


def rules() -> Law:
    """The policy file by country."""
    lines = cases_file("country-policy.csv").read_text(encoding="utf-8").splitlines()
    return {row["cc"]: row for row in csv.DictReader(lines)}


def straight_gate(law: Law, sends: Sends, who: Someone, today: date) -> tuple[int, str]:
    """Verdict and reason: what the person said, or else what the law says."""
    reasons = [r for r in ("complaint", "bounce", "member", "import") if r in blocked(who)]
    if reasons:
        return NEVER, f"suppressed_{reasons[0]}"
    said = _said(who)
    if said in ("refused", "unsubscribed", "withdrew"):
        return NEVER, said
    if not who.known:
        return NEVER, "contact_deleted"
    if said == "agreed":
        return SEND, "agreed"
    if any(what == "asked" for what, _, _ in who.happened):
        return NEVER, "asked_no_answer"
    return _by_law(law, sends, who, today)


def _by_law(law: Law, sends: Sends, who: Someone, today: date) -> tuple[int, str]:
    laws = [law] if sends.frozen_law is None else [law, sends.frozen_law]
    own = [one.get(c, one["*"]) for one in laws for c in {sends.country, sends.frozen} if c]
    own_locked = any(rule["consent_locked"] == "1" for rule in own)
    own_class_c = any(rule["track_class"] == "C" for rule in own)
    strict = not who.country and sends.strict_unknown and not own_class_c
    theirs = [one.get(who.country, one["*"]) for one in laws if who.country]
    binding = own + theirs
    locking = [rule["optin"] for rule in binding if rule["consent_locked"] == "1"]
    locked = bool(locking) or strict
    bypassed = sends.asks and not own_locked  # only the campaign asks: no basis gets past that
    if locked and not strict and not bypassed and _counts(who, locking, today):
        return SEND, f"basis_{who.basis}"
    if not locked and not sends.asks:
        return SEND, "no_consent_needed"
    return ASK, "asked_now"


def _counts(who: Someone, locking: list[str], today: date) -> bool:
    """Whether the recorded basis is accepted by every country that locks."""
    if not who.attested:
        return False
    if who.basis == "existing_customer":
        lasts = who.until is None or who.until >= today
        return who.evidence == "order" and lasts and set(locking) <= {"RS", "RI"}
    lasts = who.until is not None and who.until >= today
    return who.basis == "implied" and lasts and set(locking) <= {"RI"}


def blocked(who: Someone) -> set[str]:
    """Why the address is blocked now."""
    held: set[str] = set()
    for what, _, more in who.happened:
        if what in ("complaint", "bounce", "member", "import"):
            held.add(what)
        elif what == "lifted":
            held.discard(str(more))
    return held


def _said(who: Someone) -> str:
    said = ""
    for what, _, _ in who.happened:
        if what in ("agreed", "refused", "unsubscribed", "withdrew"):
            said = what
    if said:
        return said
    asked_at = None
    proved = ""
    for what, when, more in who.happened:
        if what == "asked":
            asked_at = when if asked_at is None else max(asked_at, when)
        elif what == "proof" and (asked_at is None or more > asked_at):  # type: ignore[operator]
            proved = "agreed"
    return proved
