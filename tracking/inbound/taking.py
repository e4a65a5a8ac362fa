"""Which addresses are ours, and what a mail to each of them does."""

import re
from typing import Final

from django.conf import settings

from campaigns.sending.addressing import read_token
from tracking.inbound.leaving import is_leaving, leave_by_mail
from tracking.inbound.mails import receive

# Addresses of reports (RFC 2142, feedback loops): people register them with providers.
_ROLES: Final = {"fbl", "bounces", "abuse", "postmaster"}
_SIGNED: Final = re.compile(r"([bu])\+([0-9a-f]{20,120})", re.IGNORECASE)
_PURPOSES: Final = {"b": "verp", "u": "leave"}


def is_ours(address: str) -> bool:
    """Whether mail to it is taken at all; everything else is refused at once.

    A signed address is ours at every domain: accounts have their own for bounces.
    """
    local, _, domain = address.strip("<> ").rpartition("@")
    signed = _SIGNED.fullmatch(local)
    if signed is not None:
        return read_token(_PURPOSES[signed[1].lower()], signed[2]) is not None
    return domain.lower() == settings.MAIL_DOMAIN.lower() and local.lower() in _ROLES


def take(raw: bytes, envelope_to: str) -> None:
    """Do what the mail says. Raises django.db.Error where it could not be stored."""
    if is_leaving(envelope_to):
        leave_by_mail(raw, envelope_to)
    else:
        receive(raw, envelope_to)
