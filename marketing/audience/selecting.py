"""What is done with ticked contacts, and the people of fixed lists."""

from collections.abc import Iterable

from django.db import connection

from marketing.accounts.models import Account
from marketing.audience.models import Segment


def add_to_segment(account: Account, segment: Segment, contact_ids: Iterable[str]) -> int:
    """Put contacts into a fixed list; foreign and unknown ids are nobody. Returns how many came."""
    ids = [int(text) for text in contact_ids if text.isdecimal() and len(text) < 19]
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO segment_member (account_id, segment_id, contact_id)
               SELECT c.account_id, %s, c.id FROM contact c
               WHERE c.account_id = %s AND c.id = ANY(%s)
               ON CONFLICT DO NOTHING""",
            [segment.pk, account.pk, ids],
        )
        return int(cursor.rowcount)


def custom_fields(account: Account) -> list[str]:
    """The names of the account's own fields, as its contacts have them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT jsonb_object_keys(c.fields) FROM contact c
               WHERE c.account_id = %s AND c.fields <> '{}' ORDER BY 1 LIMIT 200""",
            [account.pk],
        )
        return [name for (name,) in cursor.fetchall()]
