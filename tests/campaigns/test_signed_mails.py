"""Delivered mail of a verified domain carries signatures that hold; of others it carries none."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dkim
import pytest
from allauth.account.models import EmailAddress
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.utils import timezone

from campaigns.models import Campaign, TestSend
from campaigns.sending import running, system_mails
from campaigns.sending.mails import signing
from marketing.domains.keys import make_keys, signing_keys
from marketing.models import Account, DomainKey, Member, SenderDomain
from marketing.tenancy import use_account
from tests.campaigns import slices
from tests.campaigns.launching_making import launched, make_draft, make_people
from tests.mailwire.sink import Sink
from tests.mailwire.sink import running as listening
from tests.making import make_sender

DOMAIN = "shop.example"


@pytest.fixture
def sink(settings: Any, tmp_path: Path) -> Iterator[Sink]:
    settings.STATE_DIR = tmp_path
    settings.CREDENTIALS_KEY = "a key of tests"
    signing._kept.clear()
    with listening(Sink()) as heard:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{heard.port}"
        running._engines.clear()
        yield heard
        for engine in running._engines.values():
            engine.close()
        running._engines.clear()


@pytest.fixture
def keys(acme: Account, sink: Sink) -> DomainKey:
    """A verified domain that signs, and a sender at it."""
    now = timezone.now()
    with use_account(acme):
        domain = SenderDomain.objects.create(
            account=acme, domain=DOMAIN, challenge="abc", verified_at=now
        )
        made = make_keys(domain)
        made.active_at = made.seen_at = now
        made.save()
    return made


def draft(account: Account, member: Member, address: str = f"news@{DOMAIN}") -> Campaign:
    with use_account(account):
        sender = make_sender(account, address=address)
    return make_draft(account, member, sender=sender, track_opens=True, track_clicks=True)


def signatures_that_hold(raw: bytes, keys: DomainKey) -> int:
    records = dict(zip(keys.selectors, (keys.rsa_record, keys.ed25519_record), strict=True))

    def published(name: bytes, **_: Any) -> bytes:
        selector, __, owner = name.decode().partition("._domainkey.")
        assert owner == f"{DOMAIN}."
        return records[selector].encode()

    count = raw.partition(b"\r\n\r\n")[0].count(b"DKIM-Signature:")
    return sum(bool(dkim.DKIM(raw).verify(index, dnsfunc=published)) for index in range(count))


def test_every_mail_of_a_verified_domain_is_signed_by_both_keys(
    acme: Account, emil: Member, sink: Sink, keys: DomainKey
) -> None:
    make_people(acme, 5)
    launched(draft(acme, emil), emil)
    slices.send_chunks()
    assert len(sink.bodies) == 5
    assert [signatures_that_hold(raw, keys) for raw in sink.bodies] == [2] * 5
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in sink.bodies[0]
    changed = sink.bodies[0].replace(b"/u/", b"/x/", 1)
    assert signatures_that_hold(changed, keys) == 0


def test_a_test_mail_is_signed_as_it_stands(
    acme: Account, emil: Member, sink: Sink, keys: DomainKey
) -> None:
    campaign = draft(acme, emil)
    EmailAddress.objects.create(user=emil.user, email=emil.user.email, verified=True)
    with use_account(acme):
        TestSend.objects.create(
            account=acme,
            campaign=campaign,
            address=emil.user.email,
            asked_by_id=emil.pk,
            asked_at=timezone.now(),
        )
    system_mails.send_tests(running.engine().transport)
    (raw,) = sink.bodies
    assert b"Subject: [Test] " in raw
    assert signatures_that_hold(raw, keys) == 2


def test_mail_from_another_domain_is_not_signed(
    acme: Account, emil: Member, sink: Sink, keys: DomainKey
) -> None:
    make_people(acme, 1)
    launched(draft(acme, emil, address="news@elsewhere.example"), emil)
    slices.send_chunks()
    assert b"DKIM-Signature" not in sink.bodies[0]


def test_without_the_key_that_opens_the_keys_the_campaign_is_paused(
    acme: Account, emil: Member, sink: Sink, keys: DomainKey, settings: Any
) -> None:
    make_people(acme, 1)
    campaign = launched(draft(acme, emil), emil)
    settings.CREDENTIALS_KEY = "another key"
    slices.send_chunks()
    assert not sink.bodies
    with use_account(acme):
        campaign.refresh_from_db()
    assert campaign.state == Campaign.State.PAUSED
    assert "keys that sign" in campaign.paused_why


def test_login_mails_are_signed_by_the_installation(
    sink: Sink, keys: DomainKey, acme: Account, settings: Any, tmp_path: Path
) -> None:
    with use_account(acme):
        pair = signing_keys(acme.pk, DOMAIN)
    settings.DEFAULT_FROM_EMAIL = f"Assent <no-reply@{DOMAIN}>"
    settings.MAIL_DKIM_KEYS = []
    for key in pair:
        path = tmp_path / f"{key.selector}.pem"
        encoding = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(key.private.private_bytes(*encoding))
        settings.MAIL_DKIM_KEYS.append(f"{key.selector}:{path}")
    log_in = {"to": "olga@velo.example", "subject": "Log in", "text": "Here.\n"}
    system_mails.send_system_mail(running.engine().transport, **log_in)
    settings.MAIL_DKIM_KEYS = [f"lost:{tmp_path}/nowhere.pem"]
    system_mails.send_system_mail(running.engine().transport, **log_in)
    assert [signatures_that_hold(raw, keys) for raw in sink.bodies] == [2, 0]
