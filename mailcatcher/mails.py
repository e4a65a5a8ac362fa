"""The mails that were taken, the newest few thousand of them, in memory only."""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from functools import cached_property
from html.parser import HTMLParser
from typing import Any

KEPT = 5_000


@dataclass(frozen=True)
class Mail:
    """One mail as it came: the envelope and the bytes; the rest is read when asked for."""

    number: int
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @cached_property
    def message(self) -> EmailMessage:
        return BytesParser(policy=policy.default).parsebytes(self.raw)

    @cached_property
    def headers(self) -> list[tuple[str, str]]:
        return [(name, readable(value)) for name, value in self.message.items()]

    @property
    def subject(self) -> str:
        return self.header("subject") or "(no subject)"

    @property
    def author(self) -> str:
        """From as people see it; a mail without one shows who it came from on the wire."""
        return self.header("from") or self.sender or "(bounce)"

    @property
    def html(self) -> str:
        return self.body("html")

    @property
    def text(self) -> str:
        return self.body("plain")

    @cached_property
    def links(self) -> list[dict[str, str]]:
        """Addresses of the HTML part in order: kind (link, other, picture), address, text."""
        reader = LinkReader()
        reader.feed(self.html)
        reader.close()
        return reader.found

    def header(self, name: str) -> str:
        """The first header of that name, empty when there is none."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    def body(self, kind: str) -> str:
        part = self.message.get_body(preferencelist=(kind,))
        if part is None:
            return ""
        payload = part.get_payload(decode=True)
        if not isinstance(payload, bytes):
            return ""
        try:
            return payload.decode(part.get_content_charset("utf-8"), errors="replace")
        except LookupError:
            return payload.decode("utf-8", errors="replace")

    def summary(self) -> dict[str, Any]:
        """What the list shows, as JSON."""
        return {
            "number": self.number,
            "received_at": self.received_at.isoformat(),
            "sender": self.sender,
            "recipients": list(self.recipients),
            "from": self.header("from"),
            "to": self.header("to"),
            "subject": self.subject,
            "size": len(self.raw),
        }

    def details(self) -> dict[str, Any]:
        """Everything of one mail, as JSON."""
        return {
            **self.summary(),
            "headers": self.headers,
            "html": self.html,
            "text": self.text,
            "links": self.links,
        }


def readable(value: object) -> str:
    """A header without its folds; broken ones must not hide the mail."""
    return " ".join(str(value).split())


class LinkReader(HTMLParser):
    """Collects `href` of links and `src` of pictures."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[dict[str, str]] = []
        self.open: dict[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a" and given.get("href"):
            address = given["href"] or ""
            is_web = address.lower().startswith(("http://", "https://"))
            self.open = {"kind": "link" if is_web else "other", "address": address, "text": ""}
            self.found.append(self.open)
        elif tag == "img" and given.get("src"):
            alt = given.get("alt") or ""
            self.found.append({"kind": "picture", "address": given["src"] or "", "text": alt})

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self.open = None

    def handle_data(self, data: str) -> None:
        if self.open is not None:
            self.open["text"] = f"{self.open['text']} {data}".strip()


class Mails:
    """Kept by number, the oldest leave first; used by two threads."""

    def __init__(self, kept: int = KEPT) -> None:
        self.kept = kept
        self.lock = threading.Lock()
        self.by_number: OrderedDict[int, Mail] = OrderedDict()
        self.taken = 0

    def add(self, sender: str, recipients: Iterable[str], raw: bytes) -> Mail:
        with self.lock:
            self.taken += 1
            mail = Mail(self.taken, datetime.now(UTC), sender, tuple(recipients), raw)
            self.by_number[mail.number] = mail
            while len(self.by_number) > self.kept:
                self.by_number.popitem(last=False)
        return mail

    def newest_first(self, *, to: str = "") -> list[Mail]:
        """All of them, or those with a recipient that contains `to`."""
        with self.lock:
            every = list(reversed(self.by_number.values()))
        wanted = to.lower()
        if not wanted:
            return every
        return [mail for mail in every if any(wanted in one.lower() for one in mail.recipients)]

    def get(self, number: int) -> Mail | None:
        with self.lock:
            return self.by_number.get(number)

    def delete(self, number: int) -> bool:
        with self.lock:
            return self.by_number.pop(number, None) is not None

    def delete_all(self) -> None:
        with self.lock:
            self.by_number.clear()
