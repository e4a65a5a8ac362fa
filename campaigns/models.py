"""Facade over the models of this app, in order of import.

Composing, measuring, recipients, sending, launching, results. Rooms share tables freely inside the
app; only results is written from above (tracking.folding).
"""

from campaigns.composing.models import Campaign, CampaignSegment, Link, LinkTarget, Picture
from campaigns.launching.models import CampaignEvent
from campaigns.measuring.models import CampaignMarks, Measuring
from campaigns.recipients.models import Chunk, DueRecipient, Recipient
from campaigns.results.models import CampaignTotals, Counter, Engagement, FirstTime, LinkClick
from campaigns.sending.models import TestSend
from campaigns.sending.rates.models import Allowance, Brake, SendingDay, SendingLimit, WarmUp
from campaigns.sending.relays.models import OwnRelay

__all__ = [
    "Allowance",
    "Brake",
    "Campaign",
    "CampaignEvent",
    "CampaignMarks",
    "CampaignSegment",
    "CampaignTotals",
    "Chunk",
    "Counter",
    "DueRecipient",
    "Engagement",
    "FirstTime",
    "Link",
    "LinkClick",
    "LinkTarget",
    "Measuring",
    "OwnRelay",
    "Picture",
    "Recipient",
    "SendingDay",
    "SendingLimit",
    "TestSend",
    "WarmUp",
]
