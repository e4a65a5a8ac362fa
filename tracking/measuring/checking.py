"""Proves by DNS that an account holds the host it wants its mails to name.

Two records: a TXT with the account's own code, so that nobody takes a host that leads to us by
somebody else's wish, and the CNAME that leads to us. Asked outside of any transaction.
"""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone

from campaigns.measuring.hosts import shared_host
from campaigns.models import Measuring
from mailwire.domains.asking import Dns
from mailwire.domains.published import State, Wanted, check
from marketing.tenancy import every_account, use_account

_DAY: Final = timedelta(hours=24)


def wanted_of(chosen: Measuring) -> tuple[Wanted, Wanted]:
    """What the owner of the host publishes."""
    return (
        Wanted(
            purpose="ownership",
            kind="TXT",
            name=f"_assent.{chosen.host}",
            value=f"assent-host={chosen.host_code}",
        ),
        Wanted(purpose="way", kind="CNAME", name=chosen.host, value=shared_host()),
    )


def check_host(account_id: int) -> bool:
    """Look the host up and keep what was found; True while it is proved."""
    with use_account(account_id):
        chosen = Measuring.objects.for_account(account_id).exclude(host="").first()
    if chosen is None:
        return False
    dns = Dns(settings.DNS_SERVERS, lifetime=settings.DNS_TIMEOUT_S)
    checks = [check(wanted, dns) for wanted in wanted_of(chosen)]
    problem = " ".join(
        f"{one.wanted.kind} of {one.wanted.name}: {one.state}."
        for one in checks
        if one.state in (State.MISSING, State.WRONG)
    )
    is_silent = any(one.state is State.UNCHECKED for one in checks)
    try:
        return _keep(account_id, chosen.host, problem=problem, is_silent=is_silent)
    except IntegrityError:
        return _refuse(account_id, chosen.host)


def check_due_hosts() -> int:
    """Look again at hosts that nobody looked at for a day; how many."""
    with every_account():
        due = Measuring.objects.exclude(host="").exclude(host_checked_at__gt=timezone.now() - _DAY)
        ids = list(due.values_list("account_id", flat=True)[:200])
    for account_id in ids:
        check_host(account_id)
    return len(ids)


def _keep(account_id: int, host: str, *, problem: str, is_silent: bool) -> bool:
    """Silence of a name server changes nothing; a record that went away ends it."""
    with use_account(account_id):
        rows = Measuring.objects.for_account(account_id).select_for_update()
        held = rows.filter(host=host).first()
        if held is None:
            return False
        held.host_checked_at = timezone.now()
        if problem:
            held.host_verified_at = None
        elif not is_silent:
            held.host_verified_at = held.host_verified_at or held.host_checked_at
        held.host_problem = problem or ("No name server answered." if is_silent else "")
        held.save()
        return held.host_verified_at is not None


def _refuse(account_id: int, host: str) -> bool:
    with use_account(account_id):
        Measuring.objects.for_account(account_id).filter(host=host).update(
            host_problem="Another account uses this host already.",
            host_checked_at=timezone.now(),
            host_verified_at=None,
        )
    return False
