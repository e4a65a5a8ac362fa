"""A mail's HTML as it is shown in a frame: no script, nothing foreign, links in a new tab."""

import re
from collections.abc import Iterable

HEAD = re.compile(r"<head\b[^>]*>", re.I)
DOCTYPE = re.compile(r"\s*<!doctype[^>]*>", re.I)
NEW_TAB = '<base target="_blank">'


def framed(html: str) -> str:
    """The HTML with links that open in a new tab; nothing else is changed."""
    found = HEAD.search(html) or DOCTYPE.match(html)
    at = found.end() if found else 0
    return f"{html[:at]}{NEW_TAB}{html[at:]}"


def policy_of_frame(pictures_from: Iterable[str]) -> str:
    """Mails bring styles of their own; pictures come from inside or from these origins.

    The sandbox gives the frame an origin of its own, so that it cannot reach the pages around it.
    """
    sources = " ".join(["data:", *pictures_from])
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; img-src {sources}; "
        "form-action 'none'; frame-ancestors 'self'; "
        "sandbox allow-popups allow-popups-to-escape-sandbox"
    )
