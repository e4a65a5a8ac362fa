"""Who is in which segment, as SQL over one contact row: everybody, a fixed list, or rules.

`people_of` is the only place that turns segments into people; launch, counts and lists use it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from django.db import connection

from marketing.models import Account, Segment
from marketing.rules.countries import country_name

# Rule fields with their SQL over `contact c`; any other field is a custom one in `c.fields`.
_STANDING: Final = (
    "coalesce((SELECT s.{column} FROM standing s WHERE s.account_id = c.account_id"
    " AND s.address_hash = c.address_hash), '')"
)
COLUMNS: Final[Mapping[str, str]] = {
    "address": "c.address_key",
    "first_name": "c.first_name",
    "last_name": "c.last_name",
    "country": "c.country",
    "language": "c.language",
    "basis": "c.basis",
    "source": "c.source",
    "added": "to_char(c.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
    "newsletter": _STANDING.format(column="newsletter"),
    "tracking": _STANDING.format(column="tracking"),
}
LABELS: Final[Mapping[str, str]] = {
    "address": "Email address",
    "first_name": "First name",
    "last_name": "Last name",
    "country": "Country",
    "language": "Language",
    "basis": "Basis",
    "source": "Source",
    "added": "Added on",
    "newsletter": "Newsletter",
    "tracking": "Tracking",
}
OPERATORS: Final[Mapping[str, str]] = {
    "is": "is",
    "is_not": "is not",
    "contains": "contains",
    "starts_with": "starts with",
    "is_empty": "is empty",
    "is_not_empty": "is not empty",
    "before": "is before",
    "after": "is after",
}


_KINDS: Final[Mapping[str, str]] = {
    Segment.Kind.EVERYBODY: "Everybody you know",
    Segment.Kind.FIXED: "Fixed list",
}


@dataclass(frozen=True)
class People:
    """A condition over `contact c` (account included) and its parameters, in psycopg style."""

    condition: str
    parameters: tuple[Any, ...]

    def count(self) -> int:
        """How many contacts these are."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT count(*) FROM contact c WHERE {self.condition}", list(self.parameters)
            )
            return int(cursor.fetchone()[0])


def people_of(
    account: Account | int, segments_in: Iterable[Segment], segments_out: Iterable[Segment] = ()
) -> People:
    """The contacts of the account in any of `segments_in` and in none of `segments_out`.

    Nobody where `segments_in` is empty. Use: SELECT ... FROM contact c WHERE <condition>.
    """
    inside = [condition_of(segment) for segment in segments_in]
    outside = [condition_of(segment) for segment in segments_out]
    if not inside:
        return People("false", ())
    parts = ["c.account_id = %s", f"({' OR '.join(text for text, _ in inside)})"]
    if outside:
        parts.append(f"NOT ({' OR '.join(text for text, _ in outside)})")
    parameters: list[Any] = [getattr(account, "pk", account)]
    for _, values in [*inside, *outside]:
        parameters.extend(values)
    return People(" AND ".join(parts), tuple(parameters))


def people_sql(
    account: Account | int, inside: Sequence[int], outside: Sequence[int] = ()
) -> tuple[str, list[Any]]:
    """`people_of` by ids of segments: a SELECT of contact_id and its parameters."""
    segments = Segment.objects.for_account(account).in_bulk([*inside, *outside])
    people = people_of(
        account,
        [segments[pk] for pk in inside if pk in segments],
        [segments[pk] for pk in outside if pk in segments],
    )
    return (
        f"SELECT c.id AS contact_id FROM contact c WHERE {people.condition}",
        list(people.parameters),
    )


def condition_of(segment: Segment) -> tuple[str, list[Any]]:
    """The segment as a condition over `contact c`, with its parameters."""
    if segment.kind == Segment.Kind.EVERYBODY:
        return "true", []
    if segment.kind == Segment.Kind.FIXED:
        return (
            "EXISTS (SELECT 1 FROM segment_member m WHERE m.account_id = c.account_id"
            " AND m.segment_id = %s AND m.contact_id = c.id)",
            [segment.pk],
        )
    return _all_rules(segment.rules)


def _all_rules(rules: Sequence[Mapping[str, str]]) -> tuple[str, list[Any]]:
    if not rules:
        return "false", []
    conditions = []
    parameters: list[Any] = []
    for rule in rules:
        text, values = _rule(rule["field"], rule["operator"], rule.get("value", ""))
        conditions.append(text)
        parameters.extend(values)
    return f"({' AND '.join(conditions)})", parameters


def _rule(field: str, operator: str, value: str) -> tuple[str, list[Any]]:
    column, names = (COLUMNS[field], []) if field in COLUMNS else _custom(field)
    text, values = _COMPARISONS[operator](column, value)
    # A comparison may name the column once only, so that its parameters stay in order.
    return text, [*names, *values]


def _custom(field: str) -> tuple[str, list[Any]]:
    """A custom field as text; tags, a list, as its JSON text, so that `contains` works."""
    return "coalesce(c.fields ->> %s, '')", [field]


def _escaped(value: str) -> str:
    return value.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


Comparison: TypeAlias = Callable[[str, str], tuple[str, list[Any]]]
_COMPARISONS: Final[Mapping[str, Comparison]] = {
    "is": lambda column, value: (f"lower({column}) = %s", [value.lower()]),
    "is_not": lambda column, value: (f"lower({column}) <> %s", [value.lower()]),
    "contains": lambda column, value: (f"lower({column}) LIKE %s", [f"%{_escaped(value)}%"]),
    "starts_with": lambda column, value: (f"lower({column}) LIKE %s", [f"{_escaped(value)}%"]),
    "is_empty": lambda column, value: (f"{column} = ''", []),
    "is_not_empty": lambda column, value: (f"{column} <> ''", []),
    "before": lambda column, value: (f"coalesce(nullif({column}, '') < %s, false)", [value]),
    "after": lambda column, value: (f"coalesce(nullif({column}, '') > %s, false)", [value]),
}


def describe(segment: Segment) -> str:
    """The segment in one sentence: "Country is France and City contains Lyon"."""
    if segment.kind != Segment.Kind.RULES:
        return _KINDS[segment.kind]
    return " and ".join(_in_words(rule) for rule in segment.rules)


def _in_words(rule: Mapping[str, str]) -> str:
    value = rule.get("value", "")
    if rule["field"] == "country":
        value = country_name(value) if value else ""
    name = LABELS.get(rule["field"], rule["field"])
    return f"{name} {OPERATORS[rule['operator']]} {value}".strip()
