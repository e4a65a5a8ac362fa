"""The DNS records we ask the owner of a domain for."""

from collections.abc import Iterator
from typing import Final

from django.conf import settings

from mailwire.domains.published import Wanted
from marketing.domains.keys import keys_of
from marketing.models import DomainKey, SenderDomain

OWNERSHIP: Final = "ownership"
RETURN_PATH: Final = "return_path"
DMARC: Final = "dmarc"  # any policy of theirs will do, so it is looked at apart
SPF: Final = "spf"  # comes with the Return-Path's CNAME
_LABEL: Final = "bounce"


def return_path_of(domain: str) -> str:
    """Where bounces of its mail go: below the domain, so that both belong together (SPF, DMARC)."""
    return f"{_LABEL}.{domain}"


def wanted_of(domain: SenderDomain) -> Iterator[Wanted]:
    """Each record that the domain is verified by."""
    name = domain.domain
    yield Wanted(
        purpose=OWNERSHIP,
        kind="TXT",
        name=f"_assent.{name}",
        value=f"assent-domain={domain.challenge}",
    )
    for pair in keys_of(domain).filter(retired_at__isnull=True):
        yield from wanted_keys(pair, name)
    yield Wanted(
        purpose=RETURN_PATH,
        kind="CNAME",
        name=return_path_of(name),
        value=settings.MAIL_DOMAIN,
    )


def wanted_dmarc(name: str) -> Wanted:
    """What to publish where nobody publishes any policy for the domain."""
    return Wanted(purpose=DMARC, kind="TXT", name=f"_dmarc.{name}", value="v=DMARC1; p=none")


def wanted_keys(pair: DomainKey, domain: str) -> Iterator[Wanted]:
    """The records of one pair of keys."""
    for selector, record in zip(
        pair.selectors, (pair.rsa_record, pair.ed25519_record), strict=True
    ):
        yield Wanted(
            purpose=f"dkim_{selector}",
            kind="TXT",
            name=f"{selector}._domainkey.{domain}",
            value=record,
        )
