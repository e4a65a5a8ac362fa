"""Which way an account's mail goes out: its own relay or provider, else the operator's.

Read from the database at most every two seconds per account. A changed outlet is another value
under the same key: whoever keeps connections compares, and opens new ones.
"""

import time
from dataclasses import dataclass, field, replace

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from campaigns.sending.rates.taking import SHARED_ROUTE
from campaigns.sending.relays.models import OwnRelay
from campaigns.sending.relays.providers import PROVIDERS
from campaigns.sending.relays.sealing import NotOpened, unseal
from mailwire.relays import Hop, relays_from_urls
from marketing.tenancy import use_account

KEEP_SECONDS = 2.0
DIRECT = "direct:"
CONNECTIONS = 10
MAILS_PER_CONNECTION = 100


@dataclass(frozen=True, kw_only=True)
class Outlet:
    """A way out. `key` names it in the rates ("shared", "account-7").

    Exactly one of: `hops` (SMTP relays), `backend` (a Django mail backend, with `options`),
    `is_direct` (each receiver's own MX), `problem` (why there is none, a sentence for people).
    """

    key: str
    hops: tuple[Hop, ...] = ()
    backend: str = ""
    options: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    is_direct: bool = False
    problem: str = ""
    connections: int = CONNECTIONS
    mails_per_connection: int = MAILS_PER_CONNECTION
    mails_per_call: int = 1  # of a provider that takes several people at once


# With the settings they were read under.
_kept: dict[int, tuple[float, tuple[str, str], Outlet]] = {}


def outlet_of(account_id: int) -> Outlet:
    """The account's way out, at most two seconds old. Raises ImproperlyConfigured."""
    kept, under = _kept.get(account_id), (settings.EMAIL_URL, settings.EMAIL_BACKEND)
    if kept is not None and time.monotonic() - kept[0] < KEEP_SECONDS and kept[1] == under:
        return kept[2]
    with use_account(account_id):
        own = OwnRelay.objects.for_account(account_id).first()
    found = outlet_of_own(own) if own else shared_outlet()
    if len(_kept) > 1000:
        _kept.clear()
    _kept[account_id] = (time.monotonic(), under, found)
    return found


def forget(account_id: int) -> None:
    """It was changed a moment ago, in this process."""
    _kept.pop(account_id, None)


def shared_outlet() -> Outlet:
    """The operator's: EMAIL_URL (or several), else EMAIL_BACKEND. Raises ImproperlyConfigured."""
    outlet = Outlet(
        key=SHARED_ROUTE,
        connections=settings.SENDING_CONNECTIONS,
        mails_per_connection=settings.SENDING_MAILS_PER_CONNECTION,
    )
    if settings.EMAIL_URL == DIRECT:
        return replace(outlet, is_direct=True)
    if settings.EMAIL_URL:
        try:
            return replace(outlet, hops=relays_from_urls(settings.EMAIL_URL))
        except ValueError as error:
            raise ImproperlyConfigured(str(error)) from error
    if settings.EMAIL_BACKEND:
        batches = {provider.backend: provider.batches for provider in PROVIDERS.values()}
        each = batches.get(settings.EMAIL_BACKEND, 1)
        return replace(outlet, backend=settings.EMAIL_BACKEND, mails_per_call=each)
    raise ImproperlyConfigured("Set EMAIL_URL or EMAIL_BACKEND: there is no way to send mail.")


def outlet_of_own(own: OwnRelay) -> Outlet:
    """An account's own relay; with a `problem` when its password can not be read any more."""
    outlet = Outlet(
        key=f"account-{own.account_id}",
        connections=own.connections,
        mails_per_connection=own.mails_per_connection,
    )
    try:
        secret = unseal(own.account_id, bytes(own.secret))
    except NotOpened:
        return replace(
            outlet, problem="The password of your mail server can not be read. Type it again."
        )
    if own.kind == OwnRelay.Kind.SMTP:
        return replace(outlet, hops=relays_from_urls(secret))
    provider = PROVIDERS[own.provider]
    return replace(
        outlet,
        backend=provider.backend,
        options=((provider.key_name, secret),),
        mails_per_call=provider.batches,
    )
