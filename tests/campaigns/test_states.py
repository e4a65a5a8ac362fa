"""The state in Python and in SQL agree over all combinations; every state has a label."""

import itertools
from types import SimpleNamespace

import pytest
from django.db import connection
from django.utils import timezone

from campaigns.recipients.reasons import NEVER_CODES, REASONS
from campaigns.recipients.states import LABELS, ORDER, State, state_of, state_sql

TROUBLES = (None, "retry", "failed", "unknown", "asked")
CLOSED = (None, "unsubscribed", "no_answer_in_time")


@pytest.mark.django_db
def test_python_and_sql_agree_over_all_combinations() -> None:
    now = timezone.now()
    combinations = list(
        itertools.product((1, 2, 3), (None, now), (None, now), TROUBLES, CLOSED, (False, True))
    )
    names = ("verdict", "released_at", "sent_at", "trouble", "closed_reason")
    rows = [
        SimpleNamespace(**dict(zip(names, c[:5], strict=True)), stopped=c[5]) for c in combinations
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT {state_sql(stopped="r.stopped")}
                FROM unnest(%s::smallint[], %s::timestamptz[], %s::timestamptz[], %s::text[],
                            %s::text[], %s::boolean[]) WITH ORDINALITY
                     AS r(verdict, released_at, sent_at, trouble, closed_reason, stopped, n)
                ORDER BY n""",
            [[getattr(row, name) for row in rows] for name in (*names, "stopped")],
        )
        in_sql = [value for (value,) in cursor.fetchall()]
    assert in_sql == [state_of(row, stopped=row.stopped).value for row in rows]
    assert set(in_sql) == {state.value for state in State}


def test_every_state_has_a_label_and_a_place() -> None:
    assert set(LABELS) == set(ORDER) == set(State)


def test_every_reason_has_its_own_label() -> None:
    labels = [reason.label for reason in REASONS.values()]
    assert len(labels) == len(set(labels))
    assert set(NEVER_CODES) <= set(REASONS)
