"""The order in which rows are locked, the same everywhere, so that nobody waits in a circle.

The campaign (who launches, prepares, stops), the account's ledger (who appends to it, or takes
requests back), chunks by id, due rows by contact, recipients by contact, the campaign's totals.
Who leases rows, or gives them back, waits for none of them (SKIP LOCKED). Folding has a lock of its
own before recipients; erasing takes that one last, and holds no row then that folding waits for.
"""

from collections.abc import Sequence

from django.db import connection


def lock_chunks(account_id: int, campaign_id: int, contact_ids: Sequence[int]) -> None:
    """Lock the mail chunks that these people are counted in. Inside `use_account`."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.id FROM chunk c
            WHERE c.account_id = %(account)s AND c.campaign_id = %(campaign)s AND c.kind = 'mail'
              AND c.number IN (SELECT r.chunk FROM recipient r
                WHERE r.account_id = %(account)s AND r.campaign_id = %(campaign)s
                  AND r.contact_id = ANY(%(ids)s))
            ORDER BY c.id FOR UPDATE OF c""",
            {"account": account_id, "campaign": campaign_id, "ids": list(contact_ids)},
        )


def lock_due(account_id: int, campaign_id: int, contact_ids: Sequence[int]) -> dict[int, int]:
    """Lock what is due of these people; their leases' generations. Inside `use_account`.

    What moves people deletes and inserts due rows in no order of its own.
    """
    if not contact_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT contact_id, generation FROM due_recipient
            WHERE account_id = %s AND campaign_id = %s AND contact_id = ANY(%s)
            ORDER BY contact_id FOR UPDATE""",
            [account_id, campaign_id, list(contact_ids)],
        )
        return dict(cursor.fetchall())
