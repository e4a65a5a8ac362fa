"""Facade over the models of this app, in order of import: accounts, rules, audience, senders,
domains."""

from marketing.accounts.models import Account, AuditLine, Invitation, Logo, Member, User
from marketing.audience.models import (
    Contact,
    ContactCount,
    Segment,
    SegmentMember,
    Standing,
    Suppression,
    SuppressionCount,
)
from marketing.domains.models import DomainKey, SenderDomain
from marketing.exporting.models import Export
from marketing.rules.models import CountryRule, RulesVersion
from marketing.senders.models import Sender, SenderMember

__all__ = [
    "Account",
    "AuditLine",
    "Contact",
    "ContactCount",
    "CountryRule",
    "DomainKey",
    "Export",
    "Invitation",
    "Logo",
    "Member",
    "RulesVersion",
    "Segment",
    "SegmentMember",
    "Sender",
    "SenderDomain",
    "SenderMember",
    "Standing",
    "Suppression",
    "SuppressionCount",
    "User",
]
