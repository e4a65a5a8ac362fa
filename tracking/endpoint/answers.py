"""What the endpoint answers, byte for byte the same for everybody (law and protocol 4.3, 4.4)."""

import base64
from typing import Final

GIF: Final = base64.b64decode("R0lGODlhAQABAPAAAAAAAAAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")

Headers = list[tuple[str, str]]

_NEVER_STORED: Final[Headers] = [
    ("cache-control", "no-store, no-cache, must-revalidate, private, max-age=0"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
]

GIF_HEADERS: Final[Headers] = [
    ("content-type", "image/gif"),
    ("content-length", str(len(GIF))),
    ("pragma", "no-cache"),
    ("expires", "0"),
    ("cross-origin-resource-policy", "cross-origin"),
    *_NEVER_STORED,
]


def _page(title: str, text: str) -> bytes:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<h1>{title}</h1><p>{text}</p></html>"
    ).encode()


def _page_headers(page: bytes) -> Headers:
    return [
        ("content-type", "text/html; charset=utf-8"),
        ("content-length", str(len(page))),
        ("x-robots-tag", "noindex"),
        ("content-security-policy", "default-src 'none'"),
        *_NEVER_STORED,
    ]


PLAIN: Final = _page(
    "This link does not work any more", "It may be mistyped, or the mail is not ours."
)
PLAIN_HEADERS: Final = _page_headers(PLAIN)

STOPPED: Final = _page(
    "This link was stopped",
    "Where it leads may harm you, so we do not take you there. This click was not recorded.",
)
STOPPED_HEADERS: Final = _page_headers(STOPPED)


def redirect_headers(target: str) -> Headers:
    """Headers of the 302 to a stored target."""
    return [
        ("location", target),
        ("content-length", "0"),
        ("x-robots-tag", "noindex"),
        *_NEVER_STORED,
    ]
