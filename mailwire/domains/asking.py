"""Asking the DNS: what stands there, that nothing does, or that nobody could tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import dns.exception
import dns.resolver

LIFETIME_S: Final = 5.0
# A record of several KB is cut into strings of 255 octets; beyond this nothing we look for is left.
_LONGEST: Final = 8192
_CHAIN: Final = 8  # CNAMEs in a row; resolvers give up about there, too


class Found(StrEnum):
    """What the DNS said."""

    RECORDS = "records"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """Records of one name and kind; empty unless `found` is RECORDS."""

    found: Found
    values: tuple[str, ...] = ()


class Dns:
    """Several name servers, asked in turn until one answers; blocking."""

    def __init__(
        self,
        servers: Sequence[tuple[str, int]] = (),
        *,
        lifetime: float = LIFETIME_S,
    ) -> None:
        """`servers` are (address, port); without any, those of the machine."""
        self._lifetime = lifetime
        if not servers:
            self._resolvers = [dns.resolver.Resolver()]
            return
        self._resolvers = []
        for address, port in servers:
            resolver = dns.resolver.Resolver(configure=False)
            resolver.nameservers = [address]
            resolver.port = port
            self._resolvers.append(resolver)

    def texts(self, name: str) -> Answer:
        """TXT records, the strings of each joined (RFC 7208 3.3)."""
        return self._ask(name, "TXT")

    def alias(self, name: str) -> Answer:
        """Where a CNAME leads: lower case, without the final dot."""
        return self._ask(name, "CNAME")

    def aliases(self, name: str) -> Answer:
        """Every name a chain of CNAMEs leads through, in order; NONE where there is not one.

        UNKNOWN if somebody on the way does not answer; a chain in a circle is left.
        """
        passed: list[str] = []
        while len(passed) < _CHAIN:
            answer = self.alias(passed[-1] if passed else name)
            if answer.found is Found.UNKNOWN:
                return Answer(Found.UNKNOWN, tuple(passed))
            if answer.found is Found.NONE or answer.values[0] in {name.lower(), *passed}:
                break
            passed.append(answer.values[0])
        return Answer(Found.RECORDS if passed else Found.NONE, tuple(passed))

    def addresses(self, name: str) -> Answer:
        """IPv4 and IPv6 addresses; NONE only if both are missing."""
        answers = [self._ask(name, kind) for kind in ("A", "AAAA")]
        values = tuple(value for answer in answers for value in answer.values)
        if values:
            return Answer(Found.RECORDS, values)
        unknown = any(answer.found is Found.UNKNOWN for answer in answers)
        return Answer(Found.UNKNOWN if unknown else Found.NONE)

    def exchangers(self, name: str) -> Answer:
        """MX hosts, in no order."""
        return self._ask(name, "MX")

    def _ask(self, name: str, kind: str) -> Answer:
        for resolver in self._resolvers:
            answer = _asked(resolver, name, kind, self._lifetime / len(self._resolvers))
            if answer.found is not Found.UNKNOWN:
                return answer
        return Answer(Found.UNKNOWN)


def _asked(resolver: dns.resolver.Resolver, name: str, kind: str, lifetime: float) -> Answer:
    try:
        records = resolver.resolve(name, kind, lifetime=lifetime, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return Answer(Found.NONE)
    except (dns.exception.DNSException, OSError, ValueError):
        return Answer(Found.UNKNOWN)
    return Answer(Found.RECORDS, tuple(_value(record, kind)[:_LONGEST] for record in records))


def _value(record: object, kind: str) -> str:
    if kind == "TXT":
        strings: tuple[bytes, ...] = getattr(record, "strings", ())
        return b"".join(strings).decode("utf-8", "replace")
    name = getattr(record, "target", None) or getattr(record, "exchange", None)
    return str(name or record).rstrip(".").lower()
