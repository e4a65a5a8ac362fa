"""A mail server for tests: it notes each mail it accepts, can be slow, refuse, or be away."""

import asyncio
import re
import threading
from collections import Counter
from typing import Any

from aiosmtpd.controller import Controller

from tests.ports import HOST, KeptPort

READY_S = 60


class Sink:
    """Listens on a port of this machine that stays its own while it is away."""

    def __init__(self, *, delay: float = 0.0) -> None:
        self.delay = delay
        self.accepted: list[tuple[str, str]] = []  # address, Message-ID
        self.answers: dict[str, str] = {}  # address to the answer at RCPT
        self._lock = threading.Lock()
        self._controller: Controller | None = None
        self._kept = KeptPort()
        self.port = self._kept.number

    @property
    def url(self) -> str:
        """For EMAIL_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    def copies(self) -> Counter[str]:
        """Accepted mails per address."""
        with self._lock:
            return Counter(address for address, _ in self.accepted)

    def start(self) -> None:
        """Answer from now on."""
        self._controller = Controller(self, hostname=HOST, port=self.port, ready_timeout=READY_S)
        self._controller.start()

    def stop(self) -> None:
        """Refuse connections."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def __enter__(self) -> "Sink":
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any
    ) -> str:
        if self.delay:
            await asyncio.sleep(self.delay)
        found = re.search(rb"(?im)^message-id: *(\S+)", envelope.content)
        with self._lock:
            self.accepted.append((envelope.rcpt_tos[0], found[1].decode() if found else ""))
        return "250 2.0.0 OK"
