"""Connects the ledger's signal: who answers moves their recipient in the same transaction."""

from datetime import datetime
from typing import Any

from campaigns.launching.tasks import SEND_NOW, ring
from campaigns.launching.waiting import answered


def standing_changed(  # noqa: PLR0913 - the signal's own arguments
    sender: Any,
    *,
    account_id: int,
    address_hashes: list[bytes],
    change: str,
    reason: str,
    at: datetime,
    **more: Any,
) -> None:
    """Release or close, then ring for the released: their mail follows within seconds."""
    released = answered(
        account_id=account_id,
        address_hashes=address_hashes,
        change=change,
        reason=reason,
        at=at,
    )
    if released:
        ring(SEND_NOW)
