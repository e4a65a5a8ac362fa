"""The mail server of the random histories: takes, refuses or puts off, and lets the test judge.

A backend of Django's, so that our own sending is whole down to the hand-over. Runs in the threads
that deliver: no database here.
"""

import smtplib
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

from django.core.mail.backends.base import BaseEmailBackend

BUSY, DEAD, LOST = "busy", "dead", "lost"


class Desk:
    """Where every mail arrives: `moods` says how an address answers, `look` sees each mail first.

    `look(address, subject, taken)`: taken is False where the mail is refused or put off. What it
    finds wrong is kept in `faults`: an error in a thread would look like a broken server.
    """

    def __init__(self) -> None:
        self.moods: dict[str, str] = {}
        self.look: Callable[[str, str, str], str] = lambda *_: ""
        self.faults: list[str] = []
        self._lock = Lock()

    def take(self, address: str, subject: str) -> None:
        """One mail, as a server would."""
        with self._lock:
            mood = self.moods.get(address, "")
            fault = self.look(address, subject, mood)
            if fault:
                self.faults.append(fault)
        if mood == BUSY:
            raise smtplib.SMTPRecipientsRefused({address: (451, b"4.7.1 Greylisted, come again")})
        if mood == DEAD:
            raise smtplib.SMTPRecipientsRefused({address: (550, b"5.1.1 No such user")})
        if mood == LOST:
            raise ConnectionResetError("The line broke after the body")


DESK = Desk()


class FarEnd(BaseEmailBackend):
    """EMAIL_BACKEND of the histories."""

    def send_messages(self, messages: Sequence[Any]) -> int:
        """Give each to the desk."""
        for message in messages:
            DESK.take(message.to[0], message.subject)
        return len(messages)
