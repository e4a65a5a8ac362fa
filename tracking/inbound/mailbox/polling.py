"""What lies in the mailbox is taken like mail that was handed over, then moved out of the way.

First stored, then moved: after a crash in between the mail is taken again, and counts once.
"""

import logging
import ssl
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.models import F, Q
from django.utils import timezone

from mailwire.parts import fields
from marketing.tenancy import no_account
from tracking.inbound.mailbox.imap import Box, Broken, Session, Trouble, opened
from tracking.inbound.models import InboundMailbox
from tracking.inbound.receiving import LARGEST
from tracking.inbound.taking import is_ours, take

log = logging.getLogger(__name__)

EVERY: Final = timedelta(seconds=30)
# Twice as long after each failure; a wrong password at once, before the server locks the user out.
LONGEST: Final = timedelta(minutes=15)
MANY: Final = 200  # in one session
_LEASE: Final = timedelta(minutes=2)  # longer than that, two look at once: no harm
_HEAD_OCTETS: Final = 64 * 1024
# What delivering servers write down of the envelope, then what the sender wrote.
_ENVELOPE: Final = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "to", "cc")


def poll_when_due(stop: threading.Event, context: ssl.SSLContext | None = None) -> int:
    """Take in what lies there if it is time and nobody else does; how many were taken.

    Raises BadUrl, nothing else. Call outside of any transaction.
    """
    try:
        box = Box.of(settings.INBOUND_IMAP_URL)
        if not _lease(box, timezone.now()):
            return 0
        return _poll(box, stop, context)
    except (DatabaseError, InterfaceError):
        log.warning("The mailbox waits for the database.")
        return 0
    finally:
        connection.close()  # mail is rare; none is held between two looks


def _poll(box: Box, stop: threading.Event, context: ssl.SSLContext | None) -> int:
    taken = aside = 0
    broken = None
    try:
        with opened(box, context) as session:
            for stored in _take_all(session, stop):
                taken, aside = taken + stored, aside + (not stored)
    except Broken as found:
        broken = found
    except (OperationalError, InterfaceError) as away:
        broken = Broken(Trouble.DATABASE, type(away).__name__)
    _note(box, taken=taken, aside=aside, broken=broken)
    return taken


def _take_all(session: Session, stop: threading.Event) -> Iterator[bool]:
    """Whether each could be stored, after it was moved."""
    for uid in session.waiting(MANY):
        raw = None if stop.is_set() else session.fetch(uid, LARGEST)
        if raw is None:
            continue
        stored = _stored(raw)
        session.move(uid, aside=not stored)
        yield stored


def _stored(raw: bytes) -> bool:
    """Raises OperationalError, InterfaceError: then it is not the mail's fault, and it waits."""
    try:
        for address in envelope_of(raw):
            take(raw, address)
    except (OperationalError, InterfaceError):
        raise
    except Exception as bad:  # noqa: BLE001 - one odd mail must not hold up the others
        log.error("A mail of the mailbox was set aside: %s.", type(bad).__name__)
        return False
    return True


def envelope_of(raw: bytes) -> list[str]:
    """Our addresses that the mail was sent to; one "" where it names none."""
    head = raw[:_HEAD_OCTETS].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    said = fields(head)
    for wanted in _ENVELOPE:
        ours = [
            word
            for name, value in said
            if name == wanted
            for word in _addresses(value)
            if is_ours(word)
        ]
        if ours:
            return sorted(set(ours))
    return [""]


def _addresses(value: str) -> list[str]:
    """Words with an at sign: enough to find ours, whatever else stands there."""
    words = value.replace("<", " ").replace(">", " ").replace(",", " ").split()
    return [word for word in words if "@" in word]


def _lease(box: Box, now: datetime) -> bool:
    with no_account():
        InboundMailbox.objects.get_or_create(place=box.place, defaults={"due_at": now})
        free = Q(leased_until__isnull=True) | Q(leased_until__lt=now)
        rows = InboundMailbox.objects.filter(free, place=box.place, due_at__lte=now)
        return rows.update(leased_until=now + _LEASE) == 1


def _note(box: Box, *, taken: int, aside: int, broken: Broken | None) -> None:
    """How it went, and when to look again."""
    with no_account():
        row = InboundMailbox.objects.select_for_update().get(place=box.place)
        now = timezone.now()
        if broken is None:
            row.failures, row.trouble, row.words, row.looked_at = 0, "", "", now
        else:
            if row.trouble != broken.trouble:
                log.warning("The mailbox is not polled: %s.", broken.trouble)
            row.failures += 1
            row.trouble, row.words = broken.trouble, broken.words
        row.due_at = now + _pause(row.failures, broken)
        row.leased_until = None
        row.taken, row.set_aside = F("taken") + taken, F("set_aside") + aside
        row.save()


def _pause(failures: int, broken: Broken | None) -> timedelta:
    if broken is None:
        return EVERY
    if broken.trouble is Trouble.LOGIN:
        return LONGEST
    return min(LONGEST, EVERY * (1 << min(failures, 10)))
