"""The people of segments as SQL, set-based: in at least one of some, in none of others.

A rule is {"field", "operator", "value"}; fields are columns of the contact or the account's own.
"""

from collections.abc import Sequence
from typing import Any

from marketing.models import Segment

Sql = tuple[str, list[Any]]

COLUMNS = ("country", "language", "first_name", "last_name", "source", "basis")


class UnknownRule(ValueError):
    """A stored rule has an operator that nobody knows."""


def people_sql(
    account_id: int,
    segment_ids_in: Sequence[int],
    segment_ids_out: Sequence[int] = (),
) -> Sql:
    """SELECT of one column `contact_id`: contacts in one of the first, in none of the second.

    Call inside `use_account`: the segments are read. Without segments in, nobody.
    """
    wanted = [*segment_ids_in, *segment_ids_out]
    segments = {
        segment.pk: segment
        for segment in Segment.objects.for_account(account_id).filter(pk__in=wanted)
    }
    inside, inside_params = _any_of([segments[pk] for pk in segment_ids_in if pk in segments])
    outside, outside_params = _any_of([segments[pk] for pk in segment_ids_out if pk in segments])
    sql = (
        "SELECT c.id AS contact_id FROM contact c "
        f"WHERE c.account_id = %s AND ({inside}) AND NOT ({outside})"
    )
    return sql, [account_id, *inside_params, *outside_params]


def _any_of(segments: Sequence[Segment]) -> Sql:
    conditions = [_condition(segment) for segment in segments]
    if not conditions:
        return "FALSE", []
    return " OR ".join(f"({sql})" for sql, _ in conditions), _flat(conditions)


def _condition(segment: Segment) -> Sql:
    if segment.kind == Segment.Kind.EVERYBODY:
        return "TRUE", []
    if segment.kind == Segment.Kind.FIXED:
        return (
            "c.id IN (SELECT m.contact_id FROM segment_member m "
            "WHERE m.account_id = %s AND m.segment_id = %s)",
            [segment.account_id, segment.pk],
        )
    rules = [_rule(rule) for rule in segment.rules]
    if not rules:
        return "FALSE", []
    return " AND ".join(f"({sql})" for sql, _ in rules), _flat(rules)


def _rule(rule: dict[str, str]) -> Sql:
    field, value = rule["field"], rule.get("value", "")
    column, params = (f"c.{field}", []) if field in COLUMNS else ("c.fields ->> %s", [field])
    operators = {
        "is": (f"coalesce({column}, '') = %s", [value]),
        "is_not": (f"coalesce({column}, '') <> %s", [value]),
        "contains": (f"strpos(lower(coalesce({column}, '')), lower(%s)) > 0", [value]),
        "is_empty": (f"coalesce({column}, '') = ''", []),
        "is_not_empty": (f"coalesce({column}, '') <> ''", []),
    }
    if rule["operator"] not in operators:
        raise UnknownRule(rule["operator"])
    sql, more = operators[rule["operator"]]
    return sql, [*params, *more]


def _flat(parts: Sequence[Sql]) -> list[Any]:
    return [value for _, params in parts for value in params]
