"""Names a mail carries that lead back to its recipient: Message-ID, envelope sender, mailto.

Local parts may lose their case on the way, so tokens stand in them as lower-case hexadecimals.
"""

import base64
import re

from django.conf import settings

from mailwire.message import verp
from marketing.signing import tokens
from marketing.tokens import Claims

_FOLDED = re.compile(r"(?:[0-9A-Fa-f]{2}){10,60}")


def message_id(account_id: int, campaign_id: int, contact_id: int) -> str:
    """The same for each attempt: a second copy can be recognised as such.

    It is signed: a complaint that quotes nothing but the Message-ID leads to the recipient, and
    nobody can make one up for somebody else.
    """
    return f"<{way_back(account_id, campaign_id, contact_id)}@{settings.MAIL_DOMAIN}>"


def request_message_id(account_id: int, request_id: int) -> str:
    """The Message-ID of a consent request."""
    return message_id(account_id, 0, request_id)


def envelope_sender(account_id: int, campaign_id: int, contact_id: int, *, domain: str = "") -> str:
    """Where a bounce goes; campaign 0 means that `contact_id` is a consent request.

    `domain` is the account's own name for bounces, which leads to us; "": ours.
    """
    return verp(way_back(account_id, campaign_id, contact_id), domain or settings.MAIL_DOMAIN)


def leave_mailto(leave_token: str) -> str:
    """The second URI of List-Unsubscribe, from the token folded as it stands in addresses."""
    return f"mailto:u+{leave_token}@{settings.MAIL_DOMAIN}?subject=unsubscribe"


def read_token(purpose: str, text: str) -> Claims | None:
    """The claims of a token from a local part, in whatever case it came back."""
    if not _FOLDED.fullmatch(text):
        return None
    raw = bytes.fromhex(text)
    return tokens.read(purpose, base64.urlsafe_b64encode(raw).rstrip(b"=").decode())


def folded(token: str) -> str:
    """A token as it can stand in a local part."""
    return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).hex()


def way_back(account_id: int, campaign_id: int, contact_id: int) -> str:
    """The one token of Message-ID and envelope sender."""
    return tokens.raw("verp", account_id, campaign_id, contact_id).hex()
