"""Who takes mail for a domain: its MX hosts in order, the domain itself, or nobody (RFC 5321 5.1).

Also groups receivers: thousands of domains share a few hosts, and those count what they take.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

import dns.exception
import dns.name
import dns.resolver

# RFC 6761, 2606: never in the public DNS, so never asked for.
_SPECIAL = re.compile(r"(^|\.)(test|example|invalid|localhost|local|example\.(com|net|org))$")
_SHORT_SECOND = re.compile(r"\.(ac|co|com|edu|gov|ne|net|or|org)\.[a-z]{2}$")


class Found(StrEnum):
    """What the DNS said."""

    HOSTS = "hosts"
    NONE = "none"  # null MX (RFC 7505): this domain takes no mail
    NO_DOMAIN = "no_domain"  # NXDOMAIN, or nothing there that could take mail
    UNKNOWN = "unknown"  # the DNS did not answer, or was not asked


@dataclass(frozen=True, slots=True)
class Exchangers:
    """Hosts by preference; empty unless `found` is HOSTS."""

    found: Found
    hosts: tuple[str, ...] = ()


def exchangers_of(
    domain: str, resolver: dns.resolver.Resolver, *, lifetime: float = 2.0
) -> Exchangers:
    """Ask for MX, and without any for A or AAAA; blocking, at most `lifetime` seconds each."""
    name = domain.lower().rstrip(".")
    if is_special(name, resolver):
        return Exchangers(Found.UNKNOWN)
    try:
        answer = resolver.resolve(name, "MX", lifetime=lifetime, search=False)
    except dns.resolver.NXDOMAIN:
        return Exchangers(Found.NO_DOMAIN)
    except dns.resolver.NoAnswer:
        return _without_mx(name, resolver, lifetime)
    except (dns.exception.DNSException, OSError, ValueError):
        return Exchangers(Found.UNKNOWN)
    records = sorted((record.preference, record.exchange) for record in answer)
    hosts = tuple(host.to_text(omit_final_dot=True).lower() for _, host in records)
    if hosts == ("",) or records[0][1] == dns.name.root:
        return Exchangers(Found.NONE)
    return Exchangers(Found.HOSTS, hosts)


def is_special(domain: str, resolver: dns.resolver.Resolver) -> bool:
    """No public name server knows it; one of this very machine may know private names."""
    if not _SPECIAL.search(domain.lower().rstrip(".")):
        return False
    return not all(str(server).startswith("127.") for server in resolver.nameservers)


def addresses_of(host: str, resolver: dns.resolver.Resolver, *, lifetime: float = 2.0) -> list[str]:
    """The host's addresses, IPv4 first; empty when there are none, or the DNS does not answer."""
    found: list[str] = []
    for kind in ("A", "AAAA"):
        try:
            answer = resolver.resolve(host, kind, lifetime=lifetime, search=False)
        except (dns.exception.DNSException, OSError, ValueError):
            continue
        found += [record.address for record in answer]
    return found


def group_of_host(host: str) -> str:
    """The organisation behind an MX host: the last two labels, three below co.uk and the like."""
    labels = host.lower().rstrip(".").split(".")
    if labels[-1].isdecimal() or len(labels) < 3:
        return ".".join(labels)
    keep = 3 if _SHORT_SECOND.search(host.lower()) else 2
    return ".".join(labels[-keep:])


def _without_mx(name: str, resolver: dns.resolver.Resolver, lifetime: float) -> Exchangers:
    for kind in ("A", "AAAA"):
        try:
            resolver.resolve(name, kind, lifetime=lifetime, search=False)
        except dns.resolver.NoAnswer:
            continue
        except dns.resolver.NXDOMAIN:
            return Exchangers(Found.NO_DOMAIN)
        except (dns.exception.DNSException, OSError, ValueError):
            return Exchangers(Found.UNKNOWN)
        return Exchangers(Found.HOSTS, (name,))
    return Exchangers(Found.NO_DOMAIN)
