"""People who opened or clicked though their mail has errors or an unknown outcome, as a counter.

Two sides move it. Folding adds who opens now, holding a share lock on the recipient; here those are
added or taken away whose state changes, after their rows were locked. So one of the two always
sees what the other wrote.
"""

from collections.abc import Iterable
from typing import Final

from django.db import connection

UNSENT: Final = ("failed", "unknown")

# A statement of its own: its snapshot must be younger than the locks on the recipients. Without a
# row of totals nobody was folded yet.
_COUNT: Final = """
UPDATE campaign_totals t
SET opened_unsent = t.opened_unsent + d.opened, clicked_unsent = t.clicked_unsent + d.clicked
FROM (SELECT coalesce(sum(m.change) FILTER (WHERE e.opens > 0 OR e.opens_proxy > 0), 0) AS opened,
          coalesce(sum(m.change) FILTER (WHERE e.clicks > 0), 0) AS clicked
      FROM unnest(%(ids)s::bigint[], %(changes)s::int[]) m(contact_id, change)
      JOIN engagement e ON e.account_id = %(account)s AND e.campaign_id = %(campaign)s
          AND e.contact_id = m.contact_id) d
WHERE t.account_id = %(account)s AND t.campaign_id = %(campaign)s
  AND (d.opened <> 0 OR d.clicked <> 0)
"""


def count_unsent(account_id: int, campaign_id: int, moved: Iterable[tuple[int, str, str]]) -> None:
    """Follow these moves (contact, state before, state now), whose rows this transaction locked."""
    crossed = [
        (contact_id, (now in UNSENT) - (was in UNSENT))
        for contact_id, was, now in moved
        if (now in UNSENT) != (was in UNSENT)
    ]
    if crossed:
        ids, changes = zip(*crossed, strict=True)
        params = {"account": account_id, "campaign": campaign_id}
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, params | {"ids": list(ids), "changes": list(changes)})
