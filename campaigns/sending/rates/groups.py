"""Receiving groups: the organisation behind an address's MX, from a look-up that is kept a day.

Where the DNS does not answer, and until it has, the address's own domain is the group.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait

import dns.resolver
from django.conf import settings

from campaigns.sending.rates.storing import only_one
from mailwire.exchangers import Exchangers, Found, exchangers_of, group_of_host, is_special

KEEP_SECONDS = 86400.0
KEEP_UNKNOWN_SECONDS = 600.0
DOWN_SECONDS = 60.0
WORTH_A_LOOK_UP = 3
_FAILURES_IN_A_ROW = 5
_MOST = 200_000


class Directory:
    """What this process knows about domains, and the look-ups that are under way."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(8, thread_name_prefix="dns")
        self._known: dict[str, tuple[float, Exchangers]] = {}
        self._asked: dict[str, Future[None]] = {}
        self._lock = threading.Lock()
        self._failures = 0
        self._down_until = float("-inf")

    def groups_of(self, domains: Iterable[str], *, patience: float) -> dict[str, str]:
        """Domain to group; unknown ones are asked for, and waited for `patience` seconds.

        Without patience rare domains are not worth a look-up: they are their own group.
        """
        wanted = Counter(map(str.lower, domains))
        least = 1 if patience > 0 else WORTH_A_LOOK_UP
        unknown = [
            domain
            for domain, people in wanted.items()
            if people >= least and self._fresh(domain) is None and not self._is_special(domain)
        ]
        asked = [self._ask(domain) for domain in unknown] if self._is_up() else []
        if asked and patience > 0:
            wait(asked, timeout=patience)
        return {domain: self._group(domain) for domain in wanted}

    def exchangers(self, domain: str) -> Exchangers:
        """Who takes mail for a domain, for direct delivery; blocking."""
        found = self._fresh(domain.lower())
        if found is None or found.found is Found.UNKNOWN:
            self._look_up(domain.lower())
            found = self._fresh(domain.lower())
        return found or Exchangers(Found.UNKNOWN)

    def _is_special(self, domain: str) -> bool:
        return is_special(domain, resolver())

    def _fresh(self, domain: str) -> Exchangers | None:
        known = self._known.get(domain)
        return known[1] if known and known[0] > time.monotonic() else None

    def _group(self, domain: str) -> str:
        known = self._fresh(domain)
        return group_of_host(known.hosts[0]) if known and known.hosts else domain

    def _is_up(self) -> bool:
        return time.monotonic() > self._down_until

    def _ask(self, domain: str) -> "Future[None]":
        with self._lock:
            if domain not in self._asked:
                self._asked[domain] = self._pool.submit(self._look_up, domain)
            return self._asked[domain]

    def _look_up(self, domain: str) -> None:
        found = exchangers_of(domain, resolver())
        keep = KEEP_SECONDS if found.found is Found.HOSTS else KEEP_UNKNOWN_SECONDS
        with self._lock:
            self._asked.pop(domain, None)
            if len(self._known) > _MOST:
                self._known.clear()
            self._known[domain] = (time.monotonic() + keep, found)
            self._failures = self._failures + 1 if found.found is Found.UNKNOWN else 0
            if self._failures >= _FAILURES_IN_A_ROW:
                self._down_until = time.monotonic() + DOWN_SECONDS


_directories: dict[tuple[int, tuple[tuple[str, int], ...]], Directory] = {}


def directory() -> Directory:
    """This process's; made after the fork, and anew when the settings change."""
    key = (os.getpid(), _servers())
    return _directories.get(key) or only_one(_directories, key, Directory())


def groups_of(addresses: Iterable[str], *, patience: float = 0.0) -> dict[str, str]:
    """Address to receiving group. `patience`: seconds to wait for look-ups that are not kept."""
    by_address = {address: _domain(address) for address in addresses}
    groups = directory().groups_of(by_address.values(), patience=patience)
    return {address: groups[domain] for address, domain in by_address.items()}


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


def _servers() -> tuple[tuple[str, int], ...]:
    return tuple(settings.DNS_SERVERS)


def resolver() -> dns.resolver.Resolver:
    """Asks the name servers of DNS_SERVERS, else the machine's own."""
    servers = _servers()
    if not servers:
        return dns.resolver.get_default_resolver()
    found = dns.resolver.Resolver(configure=False)
    found.nameservers = [address for address, _ in servers]
    found.nameserver_ports = dict(servers)
    return found
