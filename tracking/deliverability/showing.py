"""What the page shows: rates in words, the last refusals in the servers' own, what to do next."""

from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from campaigns.models import Brake, OwnRelay
from campaigns.sending.limits_page.page import slowed_of, today_of
from campaigns.sending.rates.limits import read_limits
from marketing.models import Sender, SenderDomain
from tracking.deliverability.advising import Seen, steps_of
from tracking.deliverability.grouping import Group, groups_of_account
from tracking.deliverability.rates import ENOUGH, LIMITS, Level, Measure, Rate, rates_of
from tracking.inbound.hooks import VIEWS, hook_url
from tracking.models import InboundReport

_SHOWN: Final = 20
_ENOUGH_FOR_A_RATE: Final = 20
_LABELS: Final = {Measure.COMPLAINTS: "Reported as spam", Measure.BOUNCES: "Address does not exist"}
_WORDS: Final = {
    Level.TOO_FEW: ("none", "Too few", f"Fewer than {ENOUGH} sent: it says nothing yet."),
    Level.FINE: ("verified", "Fine", ""),
    Level.WARN: ("warning", "Too high", "Mend it now, see below."),
    Level.STOP: ("errors", "Held", "Nothing leaves until the operator lets it go."),
}
_REFUSALS: Final = """
SELECT r.trouble_at, r.campaign_id, c.name, r.contact_id, r.address, r.reply
FROM recipient r JOIN campaign c ON c.account_id = r.account_id AND c.id = r.campaign_id
WHERE r.account_id = %s AND r.trouble = 'failed'
  AND r.campaign_id IN (SELECT n.id FROM campaign n
    WHERE n.account_id = %s AND n.first_sent_at IS NOT NULL
    ORDER BY n.first_sent_at DESC LIMIT 10)
ORDER BY r.trouble_at DESC NULLS LAST LIMIT %s"""


@dataclass(frozen=True)
class GroupLine:
    """One receiving group; percentages are None where so few mails say nothing."""

    group: Group
    refused: float | None
    complaints: float | None


@dataclass(frozen=True)
class Line:
    """One rate: "0.07%, 3 of 4,120 sent", and whether that is fine."""

    name: str
    label: str
    rate: Rate
    state: str
    word: str
    hint: str
    limits: str


def page_of(account_id: int) -> dict[str, Any]:
    """Everything on the page; as many queries whatever the account's size. In `use_account`."""
    rates = rates_of(account_id)
    limits = read_limits(account_id)
    refusals, slowed = _refusals(account_id), slowed_of(account_id)
    brakes = list(Brake.objects.for_account(account_id).filter(released_at__isnull=True))
    domains = list(SenderDomain.objects.for_account(account_id).order_by("domain"))
    seen = Seen(
        account_id=account_id,
        brakes=brakes,
        rates=rates,
        domains=domains,
        senders=_sender_domains(account_id),
        replies=[refusal["reply"] for refusal in refusals],
        slowed=[row.group for row in slowed],
        is_new=limits.starting is not None,
    )
    return {
        "lines": [_line(rate) for rate in rates if rate.sent],
        "steps": steps_of(seen),
        "brakes": brakes,
        "today": today_of(limits, limits.today()),
        "starting": limits.starting,
        "slowed": slowed,
        "groups": [_group_line(group) for group in groups_of_account(account_id)],
        "refusals": refusals,
        "to_review": list(
            InboundReport.objects.for_account(account_id)
            .filter(needs_review=True)
            .order_by("-id")[:_SHOWN]
        ),
        "domains": domains,
    }


def _sender_domains(account_id: int) -> list[str]:
    rows = Sender.objects.for_account(account_id).values_list("address", flat=True)
    return sorted({address.rpartition("@")[2].lower() for address in rows})


def _group_line(group: Group) -> GroupLine:
    shown = group.mails >= _ENOUGH_FOR_A_RATE
    return GroupLine(
        group=group,
        refused=100 * group.refused / group.mails if shown else None,
        complaints=100 * group.complaints / group.mails if shown else None,
    )


def provider_hook(account_id: int) -> str:
    """Where the account's own provider is to post its events; "" without one."""
    relay = OwnRelay.objects.for_account(account_id).filter(kind=OwnRelay.Kind.PROVIDER).first()
    return hook_url(account_id, relay.provider) if relay and relay.provider in VIEWS else ""


def _line(rate: Rate) -> Line:
    state, word, hint = _WORDS[rate.level]
    warn, stop = (f"{limit / 10:g}%" for limit in LIMITS[rate.measure])
    return Line(
        name=rate.domain or "The whole account",
        label=_LABELS[rate.measure],
        rate=rate,
        state=state,
        word=word,
        hint=hint,
        limits=f"Warned from {warn}, held from {stop}",
    )


def _refusals(account_id: int) -> list[dict[str, Any]]:
    """Of the last ten campaigns: an account's whole history is no help."""
    names = ("at", "campaign_id", "campaign", "contact_id", "address", "reply")
    with connection.cursor() as cursor:
        cursor.execute(_REFUSALS, [account_id, account_id, _SHOWN])
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
