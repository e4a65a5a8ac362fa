"""The work of a lease: its campaign compiled, once per campaign and a few seconds."""

import time

from campaigns.sending.asking import RequestWork
from campaigns.sending.compiling import CompiledCampaign, compiled
from campaigns.sending.leasing import Lease
from campaigns.sending.working import MailWork, Work

KEEP_SECONDS = 2.0


class Works:
    """What this process compiled lately; a change of the sender acts that soon."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, int], tuple[float, CompiledCampaign | None]] = {}

    def of(self, lease: Lease) -> Work | None:
        """None when the campaign has no sender any more. Blocking."""
        campaign = self._compiled(lease.account_id, lease.campaign_id)
        if campaign is None:
            return None
        return MailWork(lease, campaign) if lease.kind == "mail" else RequestWork(lease, campaign)

    def _compiled(self, account_id: int, campaign_id: int) -> CompiledCampaign | None:
        key = (account_id, campaign_id)
        kept_at, found = self._kept.get(key, (float("-inf"), None))
        if time.monotonic() - kept_at > KEEP_SECONDS:
            found = compiled(account_id, campaign_id)
            if len(self._kept) > 100:
                self._kept.clear()
            self._kept[key] = (time.monotonic(), found)
        return found
