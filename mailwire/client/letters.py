"""A letter on its way through the pipelined client: envelope, the octets of the wire, returns.

Whoever makes letters in bulk (compiled messages) writes wire octets itself; everybody else lets
`letter` check and dot-stuff a message.
"""

import re
from dataclasses import dataclass
from typing import Any

_BAD_ADDRESS = re.compile(r"[\x00-\x1f\x7f<>]")
_LONE_LINE_END = re.compile(rb"\r(?!\n)|(?<!\r)\n")


@dataclass(slots=True, eq=False)
class Letter:
    """One message to one recipient. `sender` may be empty (a null return path).

    `octets` end with CRLF, have CRLF line ends only and no line that begins with a single dot;
    the final dot is the client's. `key` is the caller's; `returned` counts broken lines.
    """

    sender: str
    recipient: str
    octets: bytes
    key: Any = None
    returned: int = 0


def letter(sender: str, recipient: str, message: bytes, *, key: Any = None) -> Letter:
    """A letter of any message, dot-stuffed. Raises ValueError: SMTP smuggling, a bad address."""
    check_address(sender)
    check_address(recipient)
    if not recipient:
        raise ValueError("Not an envelope address")
    if _LONE_LINE_END.search(message) or not message.endswith(b"\r\n"):
        raise ValueError("A message has CRLF line ends only")
    return Letter(sender, recipient, stuffed(message), key)


def stuffed(message: bytes) -> bytes:
    """Each dot at the start of a line doubled (RFC 5321 4.5.2)."""
    if b"\n." not in message and not message.startswith(b"."):
        return message
    return re.sub(rb"(?m)^\.", b"..", message)


def check_address(address: str) -> None:
    """Raises ValueError for what could end a command early (RFC 5321 2.3.8)."""
    if _BAD_ADDRESS.search(address):
        raise ValueError("Not an envelope address")
