"""Whose mail it is about: our signed key in an envelope sender or a Message-ID, nothing else.

Never the visible address: two accounts may have it, and anybody can write it down.
"""

import re
from dataclasses import dataclass

from django.conf import settings

from campaigns.sending.addressing import read_token
from mailwire.reports import Report, Sort
from marketing.tokens import Claims

_VERP = re.compile(r"<?b\+([0-9a-f]{20,120})@([^\s<>@]+)>?", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """The claims of a valid key; `forged` where one stood there that we never made."""

    claims: Claims | None = None
    forged: bool = False


def found_in(report: Report, envelope_to: str) -> Found:
    """The key in the envelope recipient, then in the complaint's envelope sender, then in the
    Message-ID of the quoted mail. A wrong key ends the search: the sender tried something."""
    envelopes = (envelope_to, *(report.envelopes if report.sort is Sort.FEEDBACK else ()))
    for envelope in envelopes:
        key = _VERP.fullmatch(envelope.strip())
        if key is not None:
            claims = read_token("verp", key[1])
            return Found(claims, forged=claims is None)
    return Found(next(filter(None, map(_of_message_id, report.quoted)), None))


def _of_message_id(message_id: str) -> Claims | None:
    local, at, domain = message_id.rpartition("@")
    ours = at and domain.lower() == settings.MAIL_DOMAIN.lower()
    return read_token("verp", local) if ours else None
