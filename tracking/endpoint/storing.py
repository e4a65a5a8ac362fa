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


# may_track is the one function that decides about tracking a person (marketing 0003), track_class
# the one about countries: asked once for each pair of them, for every event it took most of the
# time. A deleted contact has no row and is not recorded. A click must name a stored link.
_TYPES = ("text[]", "text[]", *["bigint[]"] * 3, "timestamptz[]", "text[]", "smallint[]")
_TYPES = (*_TYPES, *["text[]"] * 5)
INSERT = """
WITH first AS (INSERT INTO tracking_batch (name)
    SELECT unnest({0}) ON CONFLICT DO NOTHING RETURNING name),
asked AS MATERIALIZED (
    SELECT r.account_id, e.at, r.campaign_id, r.contact_id, e.kind, e.number, e.method, e.ip,
           e.network, e.agent, e.signals, s.tracking AS choice, a.tracking AS account_tracks,
           CASE e.kind WHEN 'open' THEN k.track_opens ELSE k.track_clicks END AS campaign_tracks,
           a.country AS at_home, a.strict_unknown AS strict, c.country AS of_contact
    FROM unnest({1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}, {9}, {10}, {11}, {12})
         AS e(batch, account, campaign, contact, at, kind, number, method, ip, network, agent,
         signals)
    JOIN first ON first.name = e.batch
    JOIN recipient r ON r.account_id = e.account AND r.campaign_id = e.campaign
        AND r.contact_id = e.contact
    JOIN campaign k ON k.account_id = r.account_id AND k.id = r.campaign_id
    JOIN account a ON a.id = r.account_id
    JOIN contact c ON c.account_id = r.account_id AND c.id = r.contact_id
    LEFT JOIN standing s ON s.account_id = r.account_id AND s.address_hash = r.address_hash
    LEFT JOIN link l ON e.kind = 'click' AND l.account_id = r.account_id
        AND l.campaign_id = r.campaign_id AND l.number = e.number
    WHERE e.kind = 'open' OR l.number IS NOT NULL),
classes AS MATERIALIZED (
    SELECT at_home, strict, of_contact, track_class(at_home, strict, of_contact) AS class
    FROM (SELECT DISTINCT at_home, strict, of_contact FROM asked) pairs)
INSERT INTO tracking_event
    (account_id, at, campaign_id, contact_id, kind, number, method, ip, network, agent, signals)
SELECT account_id, at, campaign_id, contact_id, kind, number, method, ip, network, agent, signals
FROM asked JOIN classes USING (at_home, strict, of_contact)
WHERE may_track(account_tracks, campaign_tracks, class, choice)
"""
_PLAIN = INSERT.format(*(f"%s::{kind}" for kind in _TYPES))
_NAME = "store_events"
PREPARE = f"PREPARE {_NAME} ({', '.join(_TYPES)}) AS " + INSERT.format(
    *(f"${place}" for place in range(1, len(_TYPES) + 1))
)
_EXECUTE = f"EXECUTE {_NAME} ({', '.join(['%s'] * len(_TYPES))})"


_COLUMNS = (
    *("account", "campaign", "contact", "at", "kind", "number"),
    *("method", "ip", "network", "agent", "signals"),
)


def store(cursor: Any, batches: Sequence[Batch], *, is_prepared: bool = False) -> int:
    """Insert those events whose person may be tracked now, of batches that are not stored yet.

    A batch's name is written in the same transaction, so that one whose COMMIT was never answered
    can be handed over again: it waits for the first attempt, and is stored once. Returns the
    number of rows; the caller commits. `is_prepared`: PREPARE was executed on this connection;
    planning took as long as storing forty events.
    """
    events = [(batch.name, event) for batch in batches for event in batch.events]
    columns = [[getattr(event, name) for _, event in events] for name in _COLUMNS]
    names = [batch.name for batch in batches]
    statement = _EXECUTE if is_prepared else _PLAIN
    cursor.execute(statement, [names, [name for name, _ in events], *columns])
    return int(cursor.rowcount)
