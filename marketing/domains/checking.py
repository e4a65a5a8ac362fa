"""Looking at the DNS of a domain, and what is made of what was found.

The questions are asked outside of any transaction: a name server may take seconds.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone

from mailwire.domains import dmarc, spf
from mailwire.domains.asking import Dns
from mailwire.domains.published import Check, State, Wanted, check
from marketing.domains.keys import active_keys, keys_of, turn
from marketing.domains.wanted import (
    OWNERSHIP,
    RETURN_PATH,
    SPF,
    return_path_of,
    wanted_dmarc,
    wanted_of,
)
from marketing.models import AuditLine, Sender, SenderDomain
from marketing.tenancy import use_account


def is_verified(account_id: int, address: str) -> bool:
    """Whether the domain of a sender's address is verified. Call inside `use_account`."""
    name = address.rpartition("@")[2].lower()
    rows = SenderDomain.objects.for_account(account_id)
    return rows.filter(domain=name, verified_at__isnull=False).exists()


def bounces_to(account_id: int, address: str) -> str:
    """The Return-Path's domain for a sender's mail: below its own, so that SPF speaks for it, too.

    "" where the domain is not verified: bounces then go to ours. Call inside `use_account`.
    """
    if not is_verified(account_id, address):
        return ""
    return return_path_of(address.rpartition("@")[2].lower())


@dataclass(frozen=True)
class _Seen:
    checks: list[Check]
    policy: dmarc.Dmarc
    aligned: bool
    walked: spf.SpfWalk


def check_domain(account_id: int, domain_id: int) -> bool:
    """Ask for every record of one domain and keep what was found; False if it is gone."""
    with use_account(account_id):
        domain = SenderDomain.objects.for_account(account_id).filter(pk=domain_id).first()
        if domain is None:
            return False
        name, wanted = domain.domain, list(wanted_of(domain))
    seen = _look(name, wanted, Dns(settings.DNS_SERVERS, lifetime=settings.DNS_TIMEOUT_S))
    with use_account(account_id):
        rows = SenderDomain.objects.for_account(account_id).select_for_update()
        domain = rows.filter(pk=domain_id).first()
        if domain is not None:
            _keep(domain, seen)
        return domain is not None


def _look(name: str, wanted: list[Wanted], dns: Dns) -> _Seen:
    policy = dmarc.policy_of(name, dns)
    back = return_path_of(name)
    return _Seen(
        checks=[check(record, dns) for record in wanted],
        policy=policy,
        aligned=dmarc.aligned(back, name, dns, strict=policy.strict_spf),
        walked=spf.walk(back, dns),
    )


def _keep(domain: SenderDomain, seen: _Seen) -> None:
    checks = [*seen.checks, _of_dmarc(domain, seen.policy), _of_spf(domain, seen.walked)]
    domain.found = {c.wanted.purpose: _told(c, domain.found) for c in checks}
    domain.checked_at = timezone.now()
    if not seen.policy.unknown:
        domain.dmarc_policy = seen.policy.policy
        domain.dmarc_at = seen.policy.published_at
        domain.aligned = seen.aligned
    if spf.Fault.UNKNOWN not in seen.walked.faults:
        domain.spf_lookups = min(seen.walked.lookups, 999)
        domain.spf_faults = " ".join(seen.walked.faults)
    _see_keys(domain)
    turn(domain)
    _verify(domain)
    domain.save()


def _of_dmarc(domain: SenderDomain, policy: dmarc.Dmarc) -> Check:
    """Any policy will do, be it the organisation's; several records at one name are none."""
    wanted = wanted_dmarc(domain.domain)
    if policy.unknown:
        return Check(wanted=wanted, state=State.UNCHECKED)
    if policy.policy:
        return Check(wanted=wanted, state=State.RIGHT, found=(policy.record,))
    told = (f"Several records at _dmarc.{policy.several}",) if policy.several else ()
    return Check(wanted=wanted, state=State.WRONG if told else State.MISSING, found=told)


def _of_spf(domain: SenderDomain, walked: spf.SpfWalk) -> Check:
    name = return_path_of(domain.domain)
    wanted = Wanted(purpose=SPF, kind="TXT", name=name, value="v=spf1")
    if spf.Fault.UNKNOWN in walked.faults:
        return Check(wanted=wanted, state=State.UNCHECKED)
    if spf.Fault.MISSING in walked.faults:
        return Check(wanted=wanted, state=State.MISSING)
    state = State.RIGHT if walked.is_fine else State.WRONG
    return Check(wanted=wanted, state=state, found=(walked.record,))


def _told(done: Check, before: dict[str, Any]) -> dict[str, Any]:
    """What nobody could look up keeps its last state, and says so."""
    told = {"state": str(done.state), "found": list(done.found)[:5], "unchecked": False}
    last = before.get(done.wanted.purpose)
    if done.state is State.UNCHECKED and last:
        return {**last, "unchecked": True}
    return told


def _see_keys(domain: SenderDomain) -> None:
    for pair in keys_of(domain).filter(seen_at__isnull=True):
        if all(_is_right(domain, f"dkim_{selector}") for selector in pair.selectors):
            pair.seen_at = domain.checked_at
            pair.save(update_fields=["seen_at"])


def _verify(domain: SenderDomain) -> None:
    """A record that was taken away ends it; silence of a name server does not."""
    pair = active_keys(domain)
    signed = pair is not None and all(_is_right(domain, f"dkim_{s}") for s in pair.selectors)
    if signed and _is_right(domain, OWNERSHIP) and _is_right(domain, RETURN_PATH):
        domain.verified_at = domain.verified_at or domain.checked_at
        _verify_senders(domain)
    else:
        domain.verified_at = None


def _verify_senders(domain: SenderDomain) -> None:
    """Whoever publishes records for a domain reads its mail, too: no link is needed."""
    waiting = Sender.objects.for_account(domain.account_id).filter(verified_at__isnull=True)
    for sender in waiting.filter(address__iendswith=f"@{domain.domain}"):
        sender.verified_at = domain.checked_at
        sender.save(update_fields=["verified_at"])
        # The log's own room stands above the bells that lead here.
        AuditLine.objects.create(
            account_id=domain.account_id,
            who="Assent",
            act="sender.verified",
            subject=str(sender)[:200],
            after="Verified by its domain",
        )


def _is_right(domain: SenderDomain, purpose: str) -> bool:
    return bool(domain.found.get(purpose, {}).get("state") == State.RIGHT)
