"""The SMTP side: takes mails into the store, or answers as the behaviour says."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP

from mailcatcher.behaving import Behaviour
from mailcatcher.mails import Mails

LARGEST = 50_000_000
TAKEN = "250 2.0.0 Taken"


@dataclass
class Sink:
    """What aiosmtpd calls for each command of a session."""

    mails: Mails
    behaviour: Behaviour = field(default_factory=Behaviour)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's names
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        await asyncio.sleep(self.behaviour.delay)
        rule = self.behaviour.objection("rcpt", [address])
        if rule is not None:
            return refuse(server, rule.reply)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Taken"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        await asyncio.sleep(self.behaviour.delay)
        rule = self.behaviour.objection("data", envelope.rcpt_tos)
        if rule is not None:
            return refuse(server, rule.reply)
        self.mails.add(envelope.mail_from or "", envelope.rcpt_tos, envelope.original_content)
        return TAKEN


def refuse(server: SMTP, reply: str) -> str:
    """Code 0: the connection breaks and the sender never learns what became of the mail."""
    if reply.startswith("0 ") and isinstance(server.transport, asyncio.WriteTransport):
        server.transport.abort()
    return reply


async def listen(sink: Sink, host: str, port: int) -> asyncio.Server:
    """Starts listening; plain SMTP on loopback, SMTPUTF8 and large mails welcome."""

    def session() -> SMTP:
        return SMTP(
            sink,
            hostname="mailcatcher.example",
            ident="Assent mail catcher",
            enable_SMTPUTF8=True,
            data_size_limit=LARGEST,
        )

    return await asyncio.get_running_loop().create_server(session, host, port, backlog=500)
