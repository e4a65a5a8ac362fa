"""A reply is kept in the transaction that takes it, within limits: a loop must end by itself."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from tracking.inbound.models import Reply

HOUR: Final = timedelta(hours=1)
# Of one person about one campaign. Nobody writes that often; programs that answer each other do.
MOST_OF_ONE: Final = 5


def keep(
    account_id: int, key: tuple[int, int], *, raw: bytes, digest: bytes, now: datetime
) -> None:
    """Keep a reply of campaign and contact for handing on; call inside `use_account`."""
    campaign_id, contact_id = key
    recent = Reply.objects.for_account(account_id).filter(received_at__gt=now - HOUR)
    from_them = recent.filter(campaign_id=campaign_id, contact_id=contact_id).count()
    is_loop = from_them >= MOST_OF_ONE
    waits = HOUR if recent.count() >= settings.REPLIES_PER_HOUR else timedelta()
    Reply.objects.create(
        account_id=account_id,
        campaign_id=campaign_id,
        contact_id=contact_id,
        received_at=now,
        raw=b"" if is_loop else raw,
        digest=digest,
        due_at=now + waits,
        ended_at=now if is_loop else None,
        outcome="too many in an hour" if is_loop else "",
    )
