"""SMTP replies read from the wire: whole ones in order, and what EHLO said the server can do."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_LONGEST = 65536
_ROUND = re.compile(rb"250 ([^\r\n]*)\r\n250 [^\r\n]*\r\n250 [^\r\n]*\r\n354 [^\r\n]*\r\n")


class Garbled(Exception):
    """The far end does not speak SMTP. `before`: the replies that were whole before it stopped."""

    def __init__(self, why: str, before: Sequence[tuple[int, bytes]] = ()) -> None:
        super().__init__(why)
        self.before = before


@dataclass(frozen=True, slots=True)
class Reply:
    """A code and the lines of its text, without the codes."""

    code: int
    text: str


class Replies:
    """Bytes in, whole replies out; keeps what is incomplete."""

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[bytes] = []

    @property
    def is_empty(self) -> bool:
        """Nothing was read beyond the last whole reply."""
        return not self._rest and not self._lines

    def round_in(self, data: bytes) -> bytes | None:
        """The first reply's text, when these bytes are 250, 250, 250 and 354 with a line each.

        A body and the next envelope were accepted: nearly all that is ever read, in one look, which
        takes a fifth of the time of four replies. None for anything else; then `feed` it.
        """
        found = None if self._rest or self._lines else _ROUND.fullmatch(data)
        return found[1].rstrip() if found else None

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """The replies that are whole now: code, and text with line ends made blanks.

        Raises Garbled.
        """
        whole: list[tuple[int, bytes]] = []
        lines = (self._rest + data if self._rest else data).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > _LONGEST or len(self._lines) > 1000:
            raise Garbled("A reply without an end")
        for line in lines:
            code, mark = line[:3], line[3:4]
            if not code.isdigit() or mark not in b" -\r":
                raise Garbled(line[:100].decode("ascii", "replace"), whole)
            if mark == b"-":
                self._lines.append(line[4:].rstrip())
            elif self._lines:
                self._lines.append(line[4:].rstrip())
                whole.append((int(code), b"\n".join(self._lines)))
                self._lines = []
            else:
                whole.append((int(code), line[4:].rstrip()))
        return whole


def shown(text: bytes) -> str:
    """A reply's text as it is kept: one line, at most 500 characters."""
    return " ".join(text.decode("utf-8", "replace").split())[:500]


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What the server offered in its last EHLO answer. `size` 0: no limit told."""

    pipelining: bool = False
    eight_bit: bool = False
    smtputf8: bool = False
    starttls: bool = False
    announces_size: bool = False
    size: int = 0
    logins: frozenset[str] = frozenset()


def features_of(text: bytes) -> Features:
    """Read the text of an EHLO answer; its first line is the server's name."""
    offered: dict[str, list[str]] = {}
    for line in text.decode("ascii", "replace").split("\n")[1:]:
        # "AUTH=LOGIN" is an old spelling that some servers still use.
        words = line.replace("AUTH=", "AUTH ").upper().split()
        if words:
            offered.setdefault(words[0], []).extend(words[1:])
    size = offered.get("SIZE", [])[:1]
    return Features(
        pipelining="PIPELINING" in offered,
        eight_bit="8BITMIME" in offered,
        smtputf8="SMTPUTF8" in offered,
        starttls="STARTTLS" in offered,
        announces_size="SIZE" in offered,
        size=_limit(size[0]) if size else 0,
        logins=frozenset(offered.get("AUTH", [])),
    )


def _limit(text: str) -> int:
    """Octets, or 0 (no limit) for what is no number (RFC 1870: at most 20 digits)."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 20 else 0
