"""Who gets what: the review card, counted by the very query that prepares the campaign."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db import connection

from campaigns.composing.leaving_out import ASKING_DOUBTFUL
from campaigns.launching.audience import judged, question_of
from campaigns.launching.progress import people
from campaigns.models import Campaign
from campaigns.recipients.reasons import NEVER_CODES, label
from consent import gate
from marketing.bars import BarPart, bar_parts, sentence
from marketing.models import Account
from marketing.rules.countries import country_name

# The class of a country is looked up once per country, not once per person.
_COUNTED = """
SELECT g.verdict, g.reason, g.imported,
       CASE WHEN g.verdict = 2 AND g.country = ANY(%(doubtful)s) THEN g.country ELSE '' END,
       g.people, g.strict,
       CASE WHEN g.verdict <> 3 AND g.choice <> 'no' AND (g.choice = 'yes'
                OR track_class(a.country, a.strict_unknown, g.country) = 'N')
            THEN g.people ELSE 0 END
FROM (SELECT v.verdict, v.reason, v.imported, v.country, v.tracking_choice AS choice,
             count(*) AS people, count(*) FILTER (WHERE v.strict) AS strict
      FROM {judged} v
      GROUP BY 1, 2, 3, 4, 5) g
JOIN account a ON a.id = %(gate_account)s
"""

_BASES = (
    ("agreed", False, "agreed here"),
    ("agreed", True, "imported with proof"),
    ("basis_existing_customer", False, "are customers"),
    ("basis_implied", False, "with implied consent"),
    ("no_consent_needed", False, "need no consent"),
)


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """One line under "never sent"."""

    code: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Review:
    """The three counts with what is behind them."""

    send: int
    ask: int
    never: int
    bases: str
    reasons: tuple[ReasonCount, ...]
    strict: int
    strict_as: str
    may_be_tracked: int
    doubtful: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        """Everybody who was considered."""
        return self.send + self.ask + self.never

    @property
    def doubtful_total(self) -> int:
        """People in countries where even asking is doubtful."""
        return sum(count for _, count in self.doubtful)

    @property
    def bar(self) -> tuple[BarPart, ...]:
        """Parts of the bar."""
        return bar_parts([("sent", self.send), ("pending", self.ask), ("never", self.never)])

    @property
    def bar_sentence(self) -> str:
        """One sentence for screen readers."""
        named = (
            ("get the mail now", self.send),
            ("are asked first", self.ask),
            ("never sent", self.never),
        )
        return sentence(people(self.total), named)

    @property
    def button(self) -> str:
        """What the launch does, in numbers: "send 4, ask 2"."""
        acts = [f"send {self.send:,}"] if self.send or not self.ask else []
        return ", ".join([*acts, f"ask {self.ask:,}"] if self.ask else acts)


def review(campaign: Campaign, account: Account) -> Review:
    """Count the campaign's people by verdict and reason; one statement, call in `use_account`."""
    params = question_of(campaign).params() | {"doubtful": list(ASKING_DOUBTFUL)}
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED.format(judged=judged(campaign)), params)
        return _review(cursor.fetchall(), account)


def _review(rows: list[tuple[Any, ...]], account: Account) -> Review:
    verdicts: Counter[int] = Counter()
    bases: Counter[tuple[str, bool]] = Counter()
    reasons: Counter[str] = Counter()
    doubtful: Counter[str] = Counter()
    strict = tracked = 0
    for verdict, reason, imported, country, count, strict_count, tracked_count in rows:
        verdicts[verdict] += count
        strict += strict_count
        tracked += tracked_count
        if verdict == gate.SEND:
            bases[reason, bool(imported)] += count
        elif verdict == gate.NEVER:
            reasons[reason] += count
        elif country:
            doubtful[country] += count
    return Review(
        send=verdicts[gate.SEND],
        ask=verdicts[gate.ASK],
        never=verdicts[gate.NEVER],
        bases=", ".join(
            f"{bases[code, imported]:,} {words}"
            for code, imported, words in _BASES
            if bases[code, imported]
        ),
        reasons=tuple(
            ReasonCount(code, label(code), reasons[code]) for code in NEVER_CODES if reasons[code]
        ),
        strict=strict,
        strict_as=_strict_as(account),
        may_be_tracked=tracked,
        doubtful=tuple((country_name(code), doubtful[code]) for code in sorted(doubtful)),
    )


def _strict_as(account: Account) -> str:
    if account.strict_unknown:
        return "the strictest country you have contacts in"
    return country_name(account.country)
