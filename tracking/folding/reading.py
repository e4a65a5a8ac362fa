"""Reads tracking events for folding: the next batch, with all that their recipients ever did.

Every look-up stands as a LATERAL of its own, one look into an index per row: a fresh partition has
no statistics, and the planner would read a whole month for a batch.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from marketing.arrays import numbers
from tracking.folding.summing import Key
from tracking.judging.rules import CROWD_TIME


class Stored(NamedTuple):
    """A tracking event as read back, with what is known of its recipient."""

    campaign_id: int
    contact_id: int
    at: datetime
    id: int
    kind: str
    number: int
    ip: str
    agent: str
    signals: str
    counted_class: str  # what it was counted as, "" if not yet
    network: str
    is_near: bool  # somebody else read the same campaign by the same network and agent about then
    domain: str | None  # of the recipient's address; None: the recipient is gone, or was erased
    sent_at: datetime | None

    @property
    def key(self) -> Key:
        """Whose mail it was."""
        return Key(self.campaign_id, self.contact_id)


_KEYS_OF_NEW = """
SELECT DISTINCT campaign_id, contact_id FROM (
    SELECT campaign_id, contact_id FROM tracking_event
    WHERE account_id = %(account)s AND folded_at IS NULL ORDER BY at, id LIMIT %(batch)s) new
"""
_KEYS_GIVEN = """
SELECT * FROM unnest(%(campaigns)s::bigint[], %(contacts)s::bigint[]) k(campaign_id, contact_id)
"""
_EVENTS = """
WITH keys AS MATERIALIZED ({keys})
SELECT e.campaign_id, e.contact_id, e.at, e.id, e.kind, e.number, e.ip, e.agent, e.signals,
       CASE WHEN e.folded_at IS NULL THEN '' ELSE e.judged_class END, e.network,
       e.network <> '' AND EXISTS (
           SELECT 1 FROM (
               SELECT o.campaign_id, o.contact_id, o.agent FROM tracking_event o
               WHERE o.account_id = %(account)s AND o.network = e.network
                 AND o.at BETWEEN e.at - %(time)s AND e.at + %(time)s
               OFFSET 0) o
           WHERE o.contact_id <> e.contact_id AND o.campaign_id = e.campaign_id
             AND o.agent = e.agent),
       r.domain, r.sent_at
FROM keys k
LEFT JOIN LATERAL (
    SELECT split_part(nullif(r.address, ''), '@', -1) AS domain, r.sent_at FROM recipient r
    WHERE r.account_id = %(account)s AND r.campaign_id = k.campaign_id
      AND r.contact_id = k.contact_id
    OFFSET 0) r ON true
CROSS JOIN LATERAL (
    SELECT e.* FROM tracking_event e
    WHERE e.account_id = %(account)s AND e.campaign_id = k.campaign_id
      AND e.contact_id = k.contact_id
    OFFSET 0) e
ORDER BY e.campaign_id, e.contact_id, e.at, e.id
"""


def look_up_by_key(cursor: Any) -> None:
    """For the rest of the transaction: no statement reads a whole table to find a batch's rows.

    Joining a batch with the hash of a month cost more with every event that was ever stored.
    """
    cursor.execute(
        "SELECT set_config(name, 'off', true) FROM unnest('{enable_hashjoin,enable_mergejoin}'"
        "::text[]) name"
    )


def events_of_new(cursor: Any, account_id: int, batch: int) -> list[Stored]:
    """All events of the recipients of the next `batch` events that wait; none if none waits."""
    return _read(cursor, account_id, _KEYS_OF_NEW, {"batch": batch})


def events_of(cursor: Any, account_id: int, keys: Sequence[Key]) -> list[Stored]:
    """All events of these recipients, each recipient's together and in the order of time."""
    given = {
        "campaigns": numbers([key.campaign_id for key in keys]),
        "contacts": numbers([key.contact_id for key in keys]),
    }
    return _read(cursor, account_id, _KEYS_GIVEN, given) if keys else []


def links_of(cursor: Any, account_id: int, campaigns: Sequence[int]) -> dict[int, int]:
    """How many links the mail of each campaign has; campaigns without any are left out."""
    cursor.execute(
        """SELECT campaign_id, count(*) FROM link
           WHERE account_id = %s AND campaign_id = ANY(%s::bigint[]) GROUP BY 1""",
        [account_id, numbers(campaigns)],
    )
    return dict(cursor.fetchall())


def _read(cursor: Any, account_id: int, keys: str, values: dict[str, Any]) -> list[Stored]:
    cursor.execute(
        _EVENTS.format(keys=keys), values | {"account": account_id, "time": 2 * CROWD_TIME}
    )
    return [Stored._make(row) for row in cursor.fetchall()]
