"""The state of a recipient: one function of six columns, in Python and in SQL.

A test compares both over all combinations. Nothing else in the code derives a state.
"""

from enum import StrEnum
from typing import Any


class State(StrEnum):
    """What a recipient's row says (product 4)."""

    QUEUED = "queued"
    PENDING_CONSENT = "pending_consent"
    SENT = "sent"
    NEVER_SENT = "never_sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    STOPPED = "stopped"

    @property
    def label(self) -> str:
        """As on screen."""
        return LABELS[self]


LABELS = {
    State.QUEUED: "Queued",
    State.PENDING_CONSENT: "Pending consent",
    State.SENT: "Sent",
    State.NEVER_SENT: "Never sent",
    State.FAILED: "Has errors",
    State.UNKNOWN: "Outcome unknown",
    State.STOPPED: "Stopped",
}

# Order of pills and counts on every page.
ORDER = (
    State.SENT,
    State.QUEUED,
    State.PENDING_CONSENT,
    State.NEVER_SENT,
    State.FAILED,
    State.UNKNOWN,
    State.STOPPED,
)


def state_of(row: Any, *, stopped: bool) -> State:
    """The state of a recipient row (verdict, released_at, sent_at, trouble, closed_reason)."""
    if row.trouble == "unknown":
        return State.UNKNOWN
    if row.trouble == "failed":
        return State.FAILED  # also "accepted, then returned": sent_at stays
    if row.sent_at is not None:
        return State.SENT
    if row.closed_reason is not None or row.verdict == 3:
        return State.NEVER_SENT
    if stopped:
        return State.STOPPED
    if row.trouble == "asked" or (row.verdict == 2 and row.released_at is None):
        return State.PENDING_CONSENT
    return State.QUEUED


def state_sql(*, stopped: str, row: str = "r") -> str:
    """The same as a CASE over the columns of alias `row`; `stopped` is an SQL boolean."""
    return f"""CASE
        WHEN {row}.trouble = 'unknown' THEN 'unknown'
        WHEN {row}.trouble = 'failed' THEN 'failed'
        WHEN {row}.sent_at IS NOT NULL THEN 'sent'
        WHEN {row}.closed_reason IS NOT NULL OR {row}.verdict = 3 THEN 'never_sent'
        WHEN {stopped} THEN 'stopped'
        WHEN {row}.trouble = 'asked' OR ({row}.verdict = 2 AND {row}.released_at IS NULL)
            THEN 'pending_consent'
        ELSE 'queued' END"""
