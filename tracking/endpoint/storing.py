"""One statement stores tracking events: it asks each person's *current* permission.

So a withdrawal stops recording for mail sent long ago, whatever a token says.
"""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """One request to store: whose mail, what, when (UTC), and who seems to have asked."""

    account: int
    campaign: int
    contact: int
    at: datetime
    kind: str
    number: int
    method: str
    ip: str
    network: str
    agent: str
    signals: str

    def values(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {"at": self.at.isoformat()}

    @classmethod
    def of(cls, values: dict[str, Any]) -> "Event":
        """What `values` gave."""
        return cls(**(values | {"at": datetime.fromisoformat(values["at"])}))


@dataclass(frozen=True, slots=True)
class Batch:
    """Events that are stored together, or not at all, under one name."""

    events: tuple[Event, ...]
    name: str = field(default_factory=lambda: secrets.token_hex(12))


# may_track is the one function that decides about tracking a person (marketing 0003). A deleted
# contact has no row and is not recorded. A click must name a stored link.
INSERT = """
WITH first AS (INSERT INTO tracking_batch (name)
    SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING RETURNING name)
INSERT INTO tracking_event
    (account_id, at, campaign_id, contact_id, kind, number, method, ip, network, agent,
     signals)
SELECT r.account_id, e.at, r.campaign_id, r.contact_id, e.kind, e.number, e.method, e.ip, e.network,
       e.agent, e.signals
FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::text[],
            %s::smallint[], %s::text[], %s::text[], %s::text[], %s::text[],
            %s::text[])
     AS e(batch, account, campaign, contact, at, kind, number, method, ip, network, agent,
     signals)
JOIN first ON first.name = e.batch
JOIN recipient r ON r.account_id = e.account AND r.campaign_id = e.campaign
    AND r.contact_id = e.contact
JOIN campaign k ON k.account_id = r.account_id AND k.id = r.campaign_id
JOIN account a ON a.id = r.account_id
JOIN contact c ON c.account_id = r.account_id AND c.id = r.contact_id
LEFT JOIN standing s ON s.account_id = r.account_id AND s.address_hash = r.address_hash
WHERE may_track(
        a.tracking, CASE e.kind WHEN 'open' THEN k.track_opens ELSE k.track_clicks END,
        track_class(a.country, a.strict_unknown, c.country), s.tracking)
  AND (e.kind = 'open' OR EXISTS (
        SELECT 1 FROM link l WHERE l.account_id = r.account_id
        AND l.campaign_id = r.campaign_id AND l.number = e.number))
"""


_COLUMNS = (
    *("account", "campaign", "contact", "at", "kind", "number"),
    *("method", "ip", "network", "agent", "signals"),
)


def store(cursor: Any, batches: Sequence[Batch]) -> int:
    """Insert those events whose person may be tracked now, of batches that are not stored yet.

    A batch's name is written in the same transaction, so that one whose COMMIT was never answered
    can be handed over again: it waits for the first attempt, and is stored once. Returns the
    number of rows; the caller commits.
    """
    events = [(batch.name, event) for batch in batches for event in batch.events]
    columns = [[getattr(event, name) for _, event in events] for name in _COLUMNS]
    names = [batch.name for batch in batches]
    cursor.execute(INSERT, [names, [name for name, _ in events], *columns])
    return int(cursor.rowcount)
