"""Which addresses are ours, and what a mail to each of them does."""

import re
from typing import Final

from django.conf import settings

from tracking.inbound.applying import receive
from tracking.inbound.leaving import is_leaving, leave_by_mail

# Addresses of reports (RFC 2142, feedback loops): people register them with providers.
_ROLES: Final = {"fbl", "bounces", "abuse", "postmaster"}
_SIGNED: Final = re.compile(r"[bu]\+[a-z2-7]{10,100}", re.IGNORECASE)


def is_ours(address: str) -> bool:
    """Whether mail to it is taken at all; everything else is refused at once."""
    local, _, domain = address.strip("<> ").rpartition("@")
    if domain.lower() != settings.MAIL_DOMAIN.lower():
        return False
    return local.lower() in _ROLES or _SIGNED.fullmatch(local) is not None


def take(raw: bytes, envelope_to: str) -> None:
    """Do what the mail says. Raises django.db.Error where it could not be stored."""
    if is_leaving(envelope_to):
        leave_by_mail(raw, envelope_to)
    else:
        receive(raw, envelope_to)
