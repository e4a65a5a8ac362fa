"""The far end of the mail: takes every mail over SMTP and keeps it for the test to read."""

import email
import html
import re
import threading
import time
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from tests.ports import HOST

READY_S = 60
HREF = re.compile(r'href="([^"]+)"')


@dataclass(frozen=True)
class Mail:
    """One mail as it arrived."""

    to: str
    raw: bytes
    at: float

    @property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.raw, policy=default)

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def html(self) -> str:
        part = self.message.get_body(("html",))
        return "" if part is None else str(part.get_content())

    @property
    def text(self) -> str:
        part = self.message.get_body(("plain",))
        return "" if part is None else str(part.get_content())

    def links(self) -> list[str]:
        """Where the HTML part leads, in its order."""
        return [html.unescape(found) for found in HREF.findall(self.html)]

    def link(self, part: str) -> str:
        """The first link that contains `part`; fails when there is none."""
        found = [link for link in self.links() if part in link]
        assert found, f"no link with {part} in {self.links()}"
        return found[0]

    @property
    def one_click(self) -> str:
        """The address of List-Unsubscribe that takes a POST."""
        assert self.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        found = re.search(r"<(https?:[^>]+)>", str(self.message["List-Unsubscribe"]))
        assert found is not None
        return found[1]


class Postbox:
    """Listens on a port of this machine for a whole session."""

    def __init__(self, port: int) -> None:
        self._mails: list[Mail] = []
        self._lock = threading.Lock()
        self._controller = Controller(self, hostname=HOST, port=port, ready_timeout=READY_S)

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any
    ) -> str:
        with self._lock:
            for address in envelope.rcpt_tos:
                self._mails.append(Mail(address, envelope.content, time.monotonic()))
        return "250 2.0.0 Taken"

    def mails(self, address: str) -> list[Mail]:
        """What this address got so far, oldest first."""
        with self._lock:
            return [mail for mail in self._mails if mail.to == address]

    def wait(self, address: str, count: int = 1, *, seconds: float = 120) -> Mail:
        """The `count`-th mail to this address, once it is there."""
        until = time.monotonic() + seconds
        while len(found := self.mails(address)) < count:
            assert time.monotonic() < until, f"{address} got {len(found)} of {count} mails"
            time.sleep(0.1)
        return found[count - 1]
