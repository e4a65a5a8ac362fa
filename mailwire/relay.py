"""Where mail is handed over: a relay read from EMAIL_URL.

`smtp://host:25`, `smtp+tls://user:pass@host:587` (STARTTLS), `smtps://user:pass@host:465`.
"""

import ipaddress
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote, urlsplit


class Security(StrEnum):
    """How the line is protected."""

    NONE = "smtp"
    STARTTLS = "smtp+tls"
    TLS = "smtps"
    MAYBE = "smtp+mx"  # to a receiver's own server: TLS where offered, by whatever certificate


_PORTS = {Security.NONE: 25, Security.STARTTLS: 587, Security.TLS: 465, Security.MAYBE: 25}


@dataclass(frozen=True, kw_only=True)
class Relay:
    """One SMTP server that takes our mail. An empty `username` means no login."""

    host: str
    port: int
    security: Security = Security.NONE
    username: str = ""
    password: str = ""

    def __repr__(self) -> str:
        """Without the password, since representations end in logs."""
        return f"Relay({self.security}://{self.host}:{self.port})"


def relay_from_url(url: str) -> Relay:
    """Read EMAIL_URL. Raises ValueError: unknown scheme, no host, or a password in the clear.

    A login without TLS is allowed to this very machine only (RFC 4954 section 4).
    """
    parts = urlsplit(url)
    try:
        security = Security(parts.scheme)
    except ValueError as error:
        raise ValueError("EMAIL_URL starts with smtp://, smtp+tls:// or smtps://") from error
    if security is Security.MAYBE:
        raise ValueError("EMAIL_URL names a relay: direct delivery is EMAIL_URL=direct:")
    if not parts.hostname:
        raise ValueError("EMAIL_URL names no host")
    relay = Relay(
        host=parts.hostname,
        port=parts.port or _PORTS[security],
        security=security,
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )
    if relay.username and security is Security.NONE and not _is_this_machine(relay.host):
        raise ValueError("EMAIL_URL has a password but no TLS: use smtp+tls:// or smtps://")
    return relay


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
