"""Reads one request for a pixel or a tracked link: path, token, method, the signals of a browser.

Pure: no I/O, no Django. The link number stands outside the token's MAC and selects a stored
target, never a target from the request (law and protocol 4.4).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from marketing.tokens import Claims, Tokens

PATH = re.compile(
    r"/(?:pixel/(?P<pixel>[\w-]{20,140})\.gif|link/(?P<link>[\w-]{20,140})/(?P<n>\d{1,4}))"
)

# Headers that tell browsers from programs; their presence is kept, their values are not.
_SIGNALS = {
    "accept-language": "lang",
    "sec-fetch-mode": "fetch",
    "sec-fetch-dest": "dest",
    "range": "range",
    "x-requested-with": "xrw",
}
_PREFETCH = ("purpose", "sec-purpose", "x-moz", "x-purpose")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with a valid token."""

    claims: Claims
    kind: str  # open, click
    number: int  # link number, 0 for the pixel
    method: str
    agent: str
    signals: str
    may_record: bool  # GET without an objection by signal


def is_pixel(path: str) -> bool:
    """Whether the path asks for the picture (valid token or not)."""
    return path.startswith("/pixel/")


def is_ours(path: str) -> bool:
    """Whether the path asks for a picture or a link: nothing else is here, by any method."""
    return path.startswith(("/pixel/", "/link/"))


def read_request(
    tokens: Tokens, method: str, path: str, headers: Callable[[str], str | None]
) -> Asked | None:
    """The request behind a path, or None for anything that is not validly signed by us."""
    found = PATH.fullmatch(path)
    if found is None:
        return None
    claims = tokens.read("track", found["pixel"] or found["link"])
    if claims is None:
        return None
    number = int(found["n"] or 0)
    objects = headers("sec-gpc") == "1" or headers("dnt") == "1"
    return Asked(
        claims=claims,
        kind="open" if found["pixel"] else "click",
        number=number,
        method=method,
        agent=_plain(headers("user-agent") or ""),
        signals=signals_of(headers),
        may_record=method == "GET" and not objects,
    )


def _plain(text: str) -> str:
    """What PostgreSQL takes: no NUL, no half of a character."""
    return text[:400].replace("\x00", "").encode("utf-8", "replace").decode()


def signals_of(headers: Callable[[str], str | None]) -> str:
    """Which headers of a browser, or of a machine, were there: short words, blank-separated."""
    words = [word for header, word in _SIGNALS.items() if headers(header)]
    if any("prefetch" in (headers(header) or "").lower() for header in _PREFETCH):
        words.append("prefetch")
    return " ".join(words)


def reader(headers: Mapping[str, str]) -> Callable[[str], str | None]:
    """A header reader over a mapping with lower-case keys."""
    return headers.get
