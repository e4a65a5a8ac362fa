"""Who would get what, before the launch: the people behind each number of the review card.

They are judged by the gate's own relation, one page by keyset, so that a number and its people
can not differ. After the launch the Recipients tab answers instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.db import connection

from campaigns.launching.audience import judged, question_of
from campaigns.launching.leaving_out import ASKING_DOUBTFUL
from campaigns.models import Campaign
from campaigns.recipients.reasons import REASONS
from consent import gate
from marketing.models import Contact

PER_PAGE: Final = 50
VERDICTS: Final[Mapping[str, int]] = {"send": gate.SEND, "ask": gate.ASK, "never": gate.NEVER}

# What a contact's own column can say for a reason: it narrows the search, the gate decides.
_SAYING: Final[Mapping[str, tuple[str, ...]]] = {
    "suppressed_bounce": ("bounced",),
    "suppressed_complaint": ("blocked",),
    "suppressed_member": ("blocked",),
    "suppressed_import": ("blocked",),
    "unsubscribed": ("unsubscribed",),
    "refused": ("refused",),
    "withdrew": ("withdrew",),
    "agreed": ("agreed",),
    # Who waits for another campaign's question was not asked yet.
    "asked_no_answer": ("no_answer", "customer", "not_asked"),
    "asked_now": ("customer", "not_asked"),
    "basis_existing_customer": ("customer",),
    "basis_implied": ("customer",),
}

_PAGE: Final = """
SELECT v.contact_id, v.verdict, v.reason, v.reason_at, v.reason_campaign_id
FROM {judged} v WHERE {conditions}
ORDER BY v.contact_id {direction} LIMIT %(most)s"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the URL asks for; anything odd in it counts as not given."""

    verdict: str = ""
    reason: str = ""
    proof: str = ""  # "here" or "imported": where a yes came from
    strict: int = 0
    doubtful: int = 0

    @classmethod
    def of(cls, query: Any) -> "Wanted":
        """From a request's GET."""
        verdict, reason = query.get("verdict", ""), query.get("reason", "")
        proof = query.get("proof", "")
        return cls(
            verdict=verdict if verdict in VERDICTS else "",
            reason=reason if reason in REASONS else "",
            proof=proof if proof in ("here", "imported") else "",
            strict=int(query.get("strict", "") == "1"),
            doubtful=int(query.get("doubtful", "") == "1"),
        )

    def given(self) -> list[tuple[str, str]]:
        """Names and values of what is set."""
        values = ((one.name, getattr(self, one.name)) for one in fields(self))
        return [(name, str(value)) for name, value in values if value]

    def url(self, **changed: Any) -> str:
        """The query with some of it changed; pages start anew."""
        return f"?{urlencode(replace(self, **changed).given())}"

    def where(self) -> tuple[list[str], list[str], dict[str, Any]]:
        """Conditions over contact c, conditions over verdict v, their parameters."""
        over_c = [
            (self.strict, "c.country = ''"),
            (self.doubtful, "c.country = ANY(%(doubtful)s)"),
            (self.reason in _SAYING, "c.consent = ANY(%(saying)s)"),
        ]
        over_v = [
            (self.verdict, "v.verdict = %(verdict)s"),
            (self.reason, "v.reason = %(reason)s"),
            (self.proof, "v.imported = %(imported)s"),
            (self.strict, "v.strict"),
            (self.doubtful, f"v.verdict = {gate.ASK}"),
        ]
        parameters = {
            "verdict": VERDICTS.get(self.verdict),
            "reason": self.reason,
            "imported": self.proof == "imported",
            "doubtful": list(ASKING_DOUBTFUL),
            "saying": list(_SAYING.get(self.reason, ())),
        }
        return [sql for on, sql in over_c if on], [sql for on, sql in over_v if on], parameters


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One person and what the gate says of them now."""

    contact: Contact
    verdict: int
    reason: str
    reason_at: datetime | None
    reason_campaign_id: int | None


@dataclass(frozen=True, slots=True)
class Page:
    """One page; the cursors are contact ids, 0 for none."""

    people: list[Foreseen]
    before: int
    after: int


def foreseen_page(campaign: Campaign, wanted: Wanted, *, after: int = 0, before: int = 0) -> Page:
    """The people behind a number, by contact id: two statements, call in `use_account`."""
    over_c, over_v, parameters = wanted.where()
    if after or before:
        over_c.append("c.id < %(before)s" if before else "c.id > %(after)s")
    sql = _PAGE.format(
        judged=judged(campaign, condition=" AND ".join(over_c) or "true"),
        conditions=" AND ".join(over_v) or "true",
        direction="DESC" if before else "ASC",
    )
    parameters |= question_of(campaign).params()
    parameters |= {"after": after, "before": before, "most": PER_PAGE + 1}
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows = cursor.fetchall()
    is_more, rows = len(rows) > PER_PAGE, rows[:PER_PAGE]
    if before:
        rows.reverse()
    has_before, has_after = (is_more, True) if before else (after > 0, is_more)
    return Page(
        people=_with_contacts(campaign.account_id, rows),
        before=rows[0][0] if rows and has_before else 0,
        after=rows[-1][0] if rows and has_after else 0,
    )


def _with_contacts(account_id: int, rows: list[Any]) -> list[Foreseen]:
    contacts = Contact.objects.for_account(account_id).in_bulk([row[0] for row in rows])
    return [Foreseen(contacts[pk], *rest) for pk, *rest in rows if pk in contacts]
