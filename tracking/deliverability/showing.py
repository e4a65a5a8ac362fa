"""What the page shows: rates in words, the last refusals in the servers' own, what to do next."""

from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from campaigns.models import Brake, OwnRelay
from marketing.models import SenderDomain
from tracking.deliverability.rates import ENOUGH, LIMITS, Level, Measure, Rate, rates_of
from tracking.inbound.hooks import VIEWS, hook_url
from tracking.models import InboundReport

_SHOWN: Final = 20
_LABELS: Final = {Measure.COMPLAINTS: "Reported as spam", Measure.BOUNCES: "Address does not exist"}
_WORDS: Final = {
    Level.TOO_FEW: ("none", "Too few", f"Fewer than {ENOUGH} sent: it says nothing yet."),
    Level.FINE: ("verified", "Fine", ""),
    Level.WARN: ("warning", "Too high", "Mend it now, see below."),
    Level.STOP: ("errors", "Held", "Nothing leaves until the operator lets it go."),
}
_ADVICE: Final = {
    Measure.COMPLAINTS: "People press “spam” when they do not remember you. Ask for consent first, "
    "send to fewer and more often, and keep the way out easy to find.",
    Measure.BOUNCES: "Old lists bounce. Leave out who has not opened for a year, and import only "
    "addresses that people typed themselves.",
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
    """Everything on the page; five queries, whatever the account's size. Inside `use_account`."""
    rates = rates_of(account_id)
    return {
        "lines": [_line(rate) for rate in rates if rate.sent],
        "advice": [
            _ADVICE[measure]
            for measure in Measure
            if any(r.measure is measure and r.level in {Level.WARN, Level.STOP} for r in rates)
        ],
        "brakes": list(Brake.objects.for_account(account_id).filter(released_at__isnull=True)),
        "refusals": _refusals(account_id),
        "to_review": list(
            InboundReport.objects.for_account(account_id)
            .filter(needs_review=True)
            .order_by("-id")[:_SHOWN]
        ),
        "domains": list(SenderDomain.objects.for_account(account_id).order_by("domain")),
    }


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
