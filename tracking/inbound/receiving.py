"""The receiver: speaks SMTP or LMTP to the mail server in front of it, stores, then says 250.

A mail is accepted when what it says is written; otherwise 451, and the server in front keeps it.
"""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP
from django.conf import settings
from django.db import connection

from tracking.inbound.taking import is_ours, take

log = logging.getLogger(__name__)

LARGEST: Final = 10 * 1024 * 1024
# Their own pool, and no context of the loop: connections belong to threads.
_HANDS: Final = ThreadPoolExecutor(4, thread_name_prefix="inbound")
_TAKEN: Final = "250 2.0.0 Taken"
_LATER: Final = "451 4.3.0 Cannot store it now"
_NOBODY: Final = "550 5.1.1 No such address here"


class Receiver:
    """What aiosmtpd calls for each command of a session."""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's names
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Only addresses that we write into mails, and those of reports."""
        if not is_ours(address):
            return _NOBODY
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ours"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        """One reply for all addressees: what was taken twice counts once."""
        # Who delivers at last writes this line (RFC 5321 4.4); a null sender is no person.
        raw = b"Return-Path: <%s>\r\n" % _one_line(envelope.mail_from) + envelope.original_content
        for address in envelope.rcpt_tos:
            if not await asyncio.get_running_loop().run_in_executor(_HANDS, _taken, raw, address):
                return _LATER
        return _TAKEN


def _taken(raw: bytes, address: str) -> bool:
    try:
        take(raw, address)
    except Exception as bad:  # noqa: BLE001 - whatever it is: the far end keeps it, tries again
        log.error("A mail could not be stored: %s.", type(bad).__name__)
        return False
    finally:
        connection.close()  # what comes back is rare; none is held between two mails
    return True


def _one_line(address: str | None) -> bytes:
    """aiosmtpd hands a null sender over as `<>`."""
    return "".join((address or "").strip("<> ").split()).encode("utf-8", "replace")


async def listen(host: str, port: int, *, lmtp: bool) -> asyncio.Server:
    """Start listening. There is no TLS: the mail server in front is on the same network."""
    protocol = LMTP if lmtp else SMTP

    def session() -> SMTP:
        return protocol(
            Receiver(),
            hostname=settings.MAIL_DOMAIN,
            ident="Assent",
            enable_SMTPUTF8=True,
            data_size_limit=LARGEST,
        )

    return await asyncio.get_running_loop().create_server(session, host, port, backlog=100)
