"""DKIM on the way out: who signs for a sender, and mails signed before the loop asks for them.

A signature takes longer than all the rest of a mail; it is made in threads, a batch at a time.
"""

import os
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache

from campaigns.composing.merging import MergeFailed
from campaigns.sending.loading import Handed
from campaigns.sending.transports import Outgoing
from mailwire.dkim import DkimSigner, Signer
from mailwire.headers import HeaderRefused
from mailwire.message import Mail, Sendable
from marketing.domains.keys import signing_keys

KEEP_SECONDS = 60.0
_CORES = os.cpu_count() or 2
Make = Callable[[Handed], Outgoing]

_kept: dict[tuple[int, str], tuple[float, DkimSigner | None]] = {}


class SignedMail:
    """A Sendable with signatures in front of its bytes. Providers make their own from the parts."""

    def __init__(self, mail: Sendable, signer: Signer) -> None:
        self._mail = mail
        self._signer = signer
        self._raw: bytes | None = None

    @property
    def to_address(self) -> str:
        """See Sendable."""
        return self._mail.to_address

    @property
    def message_id(self) -> str:
        """See Sendable."""
        return self._mail.message_id

    @property
    def is_relaxed(self) -> bool:
        """See Sendable."""
        return self._mail.is_relaxed

    def as_bytes(self) -> bytes:
        """See Sendable. Slow the first time.

        No cached_property: until Python 3.12 all mails would wait for one lock.
        """
        if self._raw is None:
            raw = self._mail.as_bytes()
            self._raw = self._signer.signed(raw, is_relaxed=self._mail.is_relaxed)
        return self._raw

    def as_mail(self) -> Mail:
        """See Sendable."""
        return self._mail.as_mail()


def signed(mail: Sendable, signer: Signer | None) -> Sendable:
    """The mail, signed when somebody signs for its sender."""
    return SignedMail(mail, signer) if signer else mail


def signer_of(account_id: int, address: str) -> DkimSigner | None:
    """Who signs for a sender; None for a domain without keys. Call inside `use_account`.

    Keys of a minute ago still verify: old ones stay published for days. Raises sealing.NotOpened.
    """
    domain = address.rpartition("@")[2].lower()
    kept_at, signer = _kept.get((account_id, domain), (float("-inf"), None))
    if time.monotonic() - kept_at > KEEP_SECONDS:
        keys = signing_keys(account_id, domain)
        signer = DkimSigner(domain, keys) if keys else None
        if len(_kept) > 1000:
            _kept.clear()
        _kept[account_id, domain] = (time.monotonic(), signer)
    return signer


class Ahead:
    """Mails of a lease, made and signed when people are loaded, taken when they are due."""

    def __init__(self, make: Make) -> None:
        self._make = make
        self._made: dict[int, tuple[Handed, Outgoing]] = {}

    def prepare(self, people: Iterable[Handed]) -> None:
        """Sign for these people, on all cores. Whoever's mail can not be made is told at `take`."""
        fresh = {}
        for person in people:
            with suppress(MergeFailed, HeaderRefused, ValueError):
                fresh[person.contact_id] = person, self._make(person)
        made = [outgoing for _, outgoing in fresh.values()]
        # A share for each core: a call of the pool for each mail takes as long as hashing it.
        shares = [made[at::_CORES] for at in range(_CORES)]
        list(_threads(os.getpid()).map(_sign, shares))
        self._made |= fresh

    def take(self, person: Handed) -> Outgoing:
        """The mail of this person as they were loaded. Raises what making it raises."""
        loaded, outgoing = self._made.pop(person.contact_id, (None, None))
        return outgoing if outgoing and loaded is person else self._make(person)


def _sign(share: Iterable[Outgoing]) -> None:
    for outgoing in share:
        with suppress(HeaderRefused, ValueError):
            outgoing.mail.as_bytes()


@lru_cache(maxsize=1)
def _threads(_pid: int) -> ThreadPoolExecutor:
    """This process's own: threads do not survive a fork."""
    return ThreadPoolExecutor(_CORES, thread_name_prefix="sign")
