"""What a member decides: about a report, about a provider's key, about who gets replies."""

from typing import Any

from consent.ledger.suppressing import suppress
from marketing.accounts.auditing import record
from marketing.models import Member, Sender, Suppression
from tracking.inbound.hooks import save_key
from tracking.inbound.models import HookKey, InboundReport, ReplyRoute


def settle(report: InboundReport, *, block: bool, by: Member) -> None:
    """It waits for nobody any more; `block`: its address gets nothing from now on."""
    if block:
        note = f"After a report of {report.received_at:%Y-%m-%d}: {report.diagnostic}"[:300]
        suppress(
            report.account_id,
            [bytes(report.address_hash)],
            Suppression.Reason.MEMBER,
            note=note,
            member_id=by.pk,
        )
    report.needs_review = False
    report.save(update_fields=["needs_review"])
    act = "report.blocked" if block else "report.dismissed"
    record(by.account, by=by, act=act, subject=f"Report {report.pk}")


def keep_key(provider: str, key: str, *, by: Member) -> None:
    """Keep the key of the provider's signatures."""
    save_key(by.account_id, provider, key)
    record(by.account, by=by, act="provider.key", subject=provider)


def has_answered(provider: str, *, by: Member) -> None:
    """Amazon's question was opened; it is not shown again."""
    HookKey.objects.for_account(by.account_id).filter(provider=provider).update(confirm_url="")
    record(by.account, by=by, act="provider.confirmed", subject=provider)


def route(sender: Sender, choice: dict[str, Any], *, words: str, by: Member) -> None:
    """From now on replies that reach us go there."""
    ReplyRoute.objects.update_or_create(account_id=by.account_id, sender=sender, defaults=choice)
    record(by.account, by=by, act="sender.replies", subject=str(sender), after=words)
