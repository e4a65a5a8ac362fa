"""Who gets what: the review card, counted by the very query that prepares the campaign."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db import connection

from campaigns.launching.audience import counted, question_of
from campaigns.launching.leaving_out import ASKING_DOUBTFUL
from campaigns.launching.progress import people
from campaigns.models import Campaign
from campaigns.recipients.reasons import NEVER_CODES, label
from consent import gate
from marketing.bars import BarPart, bar_parts, sentence
from marketing.models import Account
from marketing.rules.countries import country_name

# The gate judges each kind of people once and says how many they are.
_COUNTED = """
SELECT v.verdict, v.reason, v.imported,
       CASE WHEN v.verdict = 2 AND v.country = ANY(%(doubtful)s) THEN v.country ELSE '' END,
       sum(v.people)::bigint, coalesce(sum(v.people) FILTER (WHERE v.strict), 0)::bigint,
       coalesce(sum(v.people) FILTER (WHERE v.verdict <> 3
           AND may_track(true, true, v.track_class, v.tracking_choice)), 0)::bigint
FROM {counts} v
GROUP BY 1, 2, 3, 4
"""

_BASES = (
    ("agreed", "here", "agreed here"),
    ("agreed", "imported", "imported with proof"),
    ("basis_existing_customer", "", "are customers"),
    ("basis_implied", "", "with implied consent"),
    ("no_consent_needed", "", "need no consent"),
)


@dataclass(frozen=True, slots=True)
class BasisCount:
    """Why some of those who get the mail now get it: "278 agreed here"."""

    code: str
    proof: str  # "imported" or "here" for a yes, "" else
    words: str
    count: int

    def is_of(self, code: str, proof: str) -> bool:
        """It counts people of this reason, and of this kind of proof if one is asked for."""
        return self.code == code and proof in ("", self.proof)


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
    bases: tuple[BasisCount, ...]
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
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute(_COUNTED.format(counts=counted(campaign)), params)
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
        bases=tuple(
            BasisCount(code, proof, words, bases[code, proof == "imported"])
            for code, proof, words in _BASES
            if bases[code, proof == "imported"]
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
