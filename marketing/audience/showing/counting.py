"""How many contacts there are of each kind: sums over a few kept rows, not over the contacts."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from marketing.accounts.models import Account


@dataclass(frozen=True)
class Kind:
    """Contacts that look the same to the filters of the list."""

    consent: str
    tracking: str
    country: str
    people: int


def kinds_of(account: Account) -> list[Kind]:
    """All kinds of the account, in one statement; constant in the number of contacts."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT n.consent, n.tracking, n.country, sum(n.people)::bigint
               FROM contact_count n WHERE n.account_id = %s
               GROUP BY 1, 2, 3 HAVING sum(n.people) <> 0""",
            [account.pk],
        )
        return [Kind(*values) for values in cursor.fetchall()]


def by_consent(kinds: Sequence[Kind]) -> dict[str, int]:
    """People per consent; what nobody has is absent."""
    counts: dict[str, int] = {}
    for kind in kinds:
        counts[kind.consent] = counts.get(kind.consent, 0) + kind.people
    return counts
