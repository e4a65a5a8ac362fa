"""Unsubscribing by mail: the second address in List-Unsubscribe (RFC 2369).

The token is in the address; subject, sender and text decide nothing, and nothing is answered.
"""

import re
from typing import Final

from campaigns.sending.addressing import read_token
from consent.answering.acts import leave
from consent.answering.people import Witness, who_may_stop
from mailwire.reports import Sort, read
from marketing.tenancy import use_account
from marketing.tokens import Claims

_LEAVING: Final = re.compile(r"<?u\+([0-9a-f]{20,120})@[^\s<>@]+>?", re.IGNORECASE)


def is_leaving(envelope_to: str) -> bool:
    """Whether the mail came to an address for leaving."""
    return _LEAVING.fullmatch(envelope_to.strip()) is not None


def leave_by_mail(raw: bytes, envelope_to: str) -> bool:
    """Unsubscribe the person of the address; whether that changed anything.

    An automatic answer that came to the address is no wish of a person.
    """
    address = _LEAVING.fullmatch(envelope_to.strip())
    claims = read_token("leave", address[1]) if address else None
    if claims is None or read(raw).sort is not Sort.MAIL:
        return False
    return unsubscribe(claims, act="mailto")


def unsubscribe(claims: Claims, *, act: str) -> bool:
    """Unsubscribe the person of a mail, or of a consent request; whether that changed anything."""
    with use_account(claims.account):
        person = who_may_stop(claims, of_request=None)
        return person is not None and leave(person, Witness(ip="", agent=""), act=act)
