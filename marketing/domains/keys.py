"""DKIM keys of a domain: made here, sealed, published by the owner, changed without a gap."""

from datetime import timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.db.models import QuerySet
from django.utils import timezone

from mailwire.dkim import DkimKey, PrivateKey
from marketing.models import DomainKey, SenderDomain
from marketing.sealing import seal, unseal

# A new record reaches everybody within the time old answers are kept; most keep them for a day.
WAIT: Final = timedelta(days=1)
KEPT: Final = timedelta(days=7)
_PURPOSE: Final = "dkim"


def make_keys(domain: SenderDomain) -> DomainKey:
    """The next pair. Raises sealing.NoKey. Call inside `use_account`."""
    newest = keys_of(domain).order_by("-number").first()
    number = newest.number + 1 if newest else 1
    rsa = DkimKey(f"assent{number}", generate_private_key(public_exponent=65537, key_size=2048))
    small = DkimKey(f"assent{number}e", Ed25519PrivateKey.generate())
    return DomainKey.objects.create(
        account_id=domain.account_id,
        domain=domain,
        number=number,
        rsa_sealed=seal(_PURPOSE, domain.account_id, _pem(rsa.private)),
        ed25519_sealed=seal(_PURPOSE, domain.account_id, _pem(small.private)),
        rsa_record=rsa.record,
        ed25519_record=small.record,
        made_at=timezone.now(),
    )


def keys_of(domain: SenderDomain) -> QuerySet[DomainKey]:
    """All pairs of the domain that are not deleted yet, oldest first."""
    rows = DomainKey.objects.for_account(domain.account_id)
    return rows.filter(domain_id=domain.pk).order_by("number")


def active_keys(domain: SenderDomain) -> DomainKey | None:
    """The pair that signs now."""
    rows = keys_of(domain).filter(active_at__isnull=False, retired_at__isnull=True)
    return rows.order_by("-number").first()


def signing_keys(account_id: int, domain: str) -> tuple[DkimKey, ...]:
    """What signs mail from this domain; empty where nothing is verified. Inside `use_account`.

    Raises sealing.NotOpened where the operator lost the key that seals.
    """
    owned = (
        SenderDomain.objects.for_account(account_id)
        .filter(domain=domain.lower(), verified_at__isnull=False)
        .first()
    )
    pair = active_keys(owned) if owned else None
    if pair is None:
        return ()
    sealed = zip(pair.selectors, (pair.rsa_sealed, pair.ed25519_sealed), strict=True)
    return tuple(
        DkimKey.from_pem(selector, unseal(_PURPOSE, account_id, bytes(secret)).encode())
        for selector, secret in sealed
    )


def turn(domain: SenderDomain) -> None:
    """Let a pair that was seen long enough take over; forget what retired a week ago."""
    now = timezone.now()
    current = active_keys(domain)
    seen = keys_of(domain).filter(active_at__isnull=True, seen_at__isnull=False)
    ready = seen.filter(seen_at__lte=now - WAIT) if current else seen
    successor = ready.order_by("-number").first()
    if successor is not None:
        keys_of(domain).filter(number__lt=successor.number, retired_at__isnull=True).update(
            retired_at=now
        )
        successor.active_at = now
        successor.save(update_fields=["active_at"])
    keys_of(domain).filter(retired_at__lte=now - KEPT).delete()


def _pem(private: PrivateKey) -> str:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
