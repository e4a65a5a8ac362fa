"""An account's own way out: sealed, read, and the operator's where there is none."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from campaigns.models import OwnRelay
from campaigns.sending.relays import outlets, sealing
from campaigns.sending.relays.outlets import outlet_of
from marketing.models import Account
from marketing.tenancy import use_account

pytestmark = pytest.mark.django_db

URL = "smtp+tls://news%40acme.test:s3cret@mail.acme.test:587"


@pytest.fixture(autouse=True)
def with_a_key(settings: Any) -> None:
    settings.CREDENTIALS_KEY = "key-of-these-tests"
    settings.EMAIL_URL = "smtp://one.test?weight=2, smtp://two.test"
    outlets._kept.clear()


def keep(account: Account, secret: str = URL, **fields: Any) -> OwnRelay:
    outlets.forget(account.pk)
    with use_account(account):
        return OwnRelay.objects.create(
            account=account,
            shown="mail.acme.test",
            secret=sealing.seal(account.pk, secret),
            **({"kind": "smtp"} | fields),
        )


def test_without_an_own_relay_mail_goes_through_the_operators(acme: Account) -> None:
    outlet = outlet_of(acme.pk)
    assert outlet.key == "shared"
    assert [(hop.relay.host, hop.weight) for hop in outlet.hops] == [
        ("one.test", 2),
        ("two.test", 1),
    ]


def test_an_own_relay_is_used_by_its_account_only(acme: Account, velo: Account) -> None:
    keep(acme, connections=3, mails_per_connection=50)
    outlet = outlet_of(acme.pk)
    relay = outlet.hops[0].relay
    assert (outlet.key, outlet.connections) == (f"account-{acme.pk}", 3)
    assert (relay.username, relay.password) == ("news@acme.test", "s3cret")
    assert "s3cret" not in repr(outlet)
    assert outlet_of(velo.pk).key == "shared"


def test_a_providers_key_becomes_an_argument_of_its_backend(acme: Account) -> None:
    keep(acme, secret="pm-token", kind="provider", provider="postmark")
    outlet = outlet_of(acme.pk)
    assert outlet.backend == "anymail.backends.postmark.EmailBackend"
    assert dict(outlet.options) == {"server_token": "pm-token"}
    assert outlet.mails_per_call == 1
    assert "pm-token" not in repr(outlet)


def test_nothing_readable_is_kept_and_each_sealing_differs(acme: Account) -> None:
    one, two = sealing.seal(acme.pk, URL), sealing.seal(acme.pk, URL)
    assert b"s3cret" not in one
    assert one != two
    assert sealing.unseal(acme.pk, one) == sealing.unseal(acme.pk, two) == URL


def test_what_was_sealed_for_one_account_opens_for_no_other(acme: Account, velo: Account) -> None:
    with pytest.raises(sealing.NotOpened):
        sealing.unseal(velo.pk, sealing.seal(acme.pk, URL))


def test_a_key_can_be_changed_and_a_lost_one_is_told(acme: Account, settings: Any) -> None:
    keep(acme)
    settings.CREDENTIALS_KEY = "new-key, key-of-these-tests"
    outlets.forget(acme.pk)
    assert outlet_of(acme.pk).hops
    settings.CREDENTIALS_KEY = "new-key"
    outlets.forget(acme.pk)
    lost = outlet_of(acme.pk)
    assert not lost.hops
    assert lost.problem == "The password of your mail server can not be read. Type it again."


def test_without_a_key_nothing_is_sealed(acme: Account, settings: Any) -> None:
    settings.CREDENTIALS_KEY = ""
    assert not sealing.may_seal()
    with pytest.raises(sealing.NoKey):
        sealing.seal(acme.pk, URL)


@pytest.mark.parametrize(
    ("url", "backend", "expected"),
    [
        ("direct:", "", (True, "")),
        (
            "",
            "anymail.backends.sendgrid.EmailBackend",
            (False, "anymail.backends.sendgrid.EmailBackend"),
        ),
    ],
)
def test_the_operator_chooses_direct_delivery_or_a_backend(
    acme: Account, settings: Any, url: str, backend: str, expected: tuple[bool, str]
) -> None:
    settings.EMAIL_URL, settings.EMAIL_BACKEND = url, backend
    outlet = outlet_of(acme.pk)
    assert (outlet.is_direct, outlet.backend) == expected


@pytest.mark.parametrize("url", ["", "smtp://user:secret@relay.test"])
def test_no_way_to_send_is_said_at_once(acme: Account, settings: Any, url: str) -> None:
    settings.EMAIL_URL, settings.EMAIL_BACKEND = url, ""
    with pytest.raises(ImproperlyConfigured):
        outlet_of(acme.pk)
