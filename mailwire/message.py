"""One mail with all it says, and the envelope sender that leads back to it.

Everything is decided by the Mail given: the same Mail gives the same bytes, so a retry is the same
message. Many mails that share their text are mailwire.compiled's work, delivering mailwire.smtp's.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mailwire.compiled import CompiledMail, Pattern

_VERP_TOKEN = re.compile(r"[a-z0-9._+-]+")
_LOCAL_PART_LIMIT = 64


class Sendable(Protocol):
    """One mail to one person, in whichever form it was made."""

    @property
    def to_address(self) -> str:
        """Where it goes."""
        ...

    @property
    def message_id(self) -> str:
        """The name it travels under, the same for each attempt."""
        ...

    def as_bytes(self) -> bytes:
        """The whole message as it travels, the same bytes each time. Raises HeaderRefused."""
        ...

    @property
    def is_relaxed(self) -> bool:
        """The body of those bytes is known to be in DKIM's relaxed form."""
        ...

    def as_mail(self) -> "Mail":
        """Its parts, for those who write messages themselves: Django's backends, providers."""
        ...


@dataclass(frozen=True, kw_only=True)
class Mail:
    """All that one mail says: the plainest Sendable.

    `headers` are pairs for heading.OUR_HEADERS and X- names. `sent_at` must know its time zone.
    An empty `html` gives a plain text mail.
    """

    from_address: str
    to_address: str
    subject: str
    message_id: str
    sent_at: datetime
    text: str
    html: str = ""
    from_name: str = ""
    to_name: str = ""
    reply_to: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def is_relaxed(self) -> bool:
        """See Sendable: nobody looked."""
        return False

    def as_bytes(self) -> bytes:
        """The whole RFC 5322 message with CRLF line ends, 7 bit unless an address is not ASCII.

        Raises HeaderRefused if a value can not stand in a header, ValueError for a naive time.
        """
        pattern = Pattern(
            from_address=self.from_address,
            from_name=self.from_name,
            to_name=[self.to_name] if self.to_name else (),
            reply_to=self.reply_to,
            subject=[self.subject],
            text=[self.text],
            html=[self.html] if self.html else (),
            headers=tuple((name, [value]) for name, value in self.headers),
        )
        return CompiledMail(pattern).bytes_for(
            self.to_address, {}, message_id=self.message_id, sent_at=self.sent_at
        )

    def as_mail(self) -> "Mail":
        """Itself."""
        return self


def verp(token: str, domain: str, prefix: str = "b") -> str:
    """The envelope sender that tells which mail came back: `b+<token>@<domain>`.

    The token carries its own proof (the caller signs it). Lower case only, since some systems
    fold case. Raises ValueError if it can not be a local part of at most 64 octets.
    """
    local_part = f"{prefix}+{token}"
    if not _VERP_TOKEN.fullmatch(token) or len(local_part) > _LOCAL_PART_LIMIT:
        raise ValueError(f"Not usable in an envelope sender: {token!r}")
    return f"{local_part}@{domain}"
