"""The brake: campaigns of an account that receivers complain about are paused by themselves."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Brake, Campaign
from campaigns.sending import telling
from marketing.models import Account
from marketing.tasks import tell_owners
from marketing.tenancy import every_account, use_account
from tracking.deliverability.rates import Level, Measure, Rate, rates_of
from tracking.models import InboundReport

# What came while nothing ran holds the next launch.
_NEW: Final = timedelta(minutes=10)
_GOING: Final = ("preparing", "sending", "waiting")
_WHAT: Final = {
    Measure.COMPLAINTS: "{count} of {sent} mails of the last 30 days were reported as spam",
    Measure.BOUNCES: "{count} of {sent} mails of the last 30 days went to addresses that do not "
    "exist",
}


def watch(account_id: int) -> list[Brake]:
    """Pull a brake for each rate that asks for it, and pause what runs. The new ones.

    Call outside of a transaction. Running it twice, or late, does no harm.
    """
    with use_account(account_id):
        pulled = [
            _pull(account_id, rate) for rate in _over(account_id) if not _is_held(account_id, rate)
        ]
        held = list(Brake.objects.for_account(account_id).filter(released_at__isnull=True))
        for brake in held:
            for campaign_id in _running(account_id, brake.domain):
                telling.pause(account_id, campaign_id, why=brake.why)
        for brake in pulled:
            _mail_owners(account_id, brake)
    return pulled


def watch_all() -> None:
    """Each half minute: accounts with something running, or something new reported."""
    with every_account():
        going = Campaign.objects.filter(state__in=_GOING)
        ids = set(going.values_list("account_id", flat=True))
        new = InboundReport.objects.filter(received_at__gte=timezone.now() - _NEW)
        ids |= set(new.values_list("account_id", flat=True))
    for account_id in sorted(ids):
        watch(account_id)


def release(account_id: int, *, note: str) -> int:
    """The operator lets go; counting begins anew. How many brakes were held."""
    with use_account(account_id):
        held = Brake.objects.for_account(account_id).filter(released_at__isnull=True)
        return held.update(released_at=timezone.now(), note=note[:300])


def _over(account_id: int) -> Iterator[Rate]:
    last = (
        Brake.objects.for_account(account_id)
        .filter(released_at__isnull=False)
        .order_by("-released_at")
        .first()
    )
    for rate in rates_of(account_id, since=last.released_at if last else None):
        if rate.level is Level.STOP:
            yield rate


def _is_held(account_id: int, rate: Rate) -> bool:
    rows = Brake.objects.for_account(account_id).filter(released_at__isnull=True)
    return bool(rows.filter(domain__in=["", rate.domain]).exists())


def _pull(account_id: int, rate: Rate) -> Brake:
    what = _WHAT[rate.measure].format(count=rate.count, sent=rate.sent)
    where = f" from {rate.domain}" if rate.domain else ""
    return Brake.objects.create(
        account_id=account_id,
        domain=rate.domain,
        why=f"Held for your reputation: {what}{where}",
        pulled_at=timezone.now(),
    )


def _running(account_id: int, domain: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.id FROM campaign c
            JOIN sender s ON s.account_id = c.account_id AND s.id = c.sender_id
            WHERE c.account_id = %s AND c.state = ANY(%s)
              AND (%s = '' OR lower(split_part(s.address, '@', 2)) = %s) ORDER BY c.id""",
            [account_id, list(_GOING), domain, domain],
        )
        return [row[0] for row in cursor.fetchall()]


def _mail_owners(account_id: int, brake: Brake) -> None:
    account = Account.objects.get(pk=account_id)
    url = settings.SITE_URL + reverse("tracking:deliverability", args=[account_id])
    text = (
        f"{brake.why}.\n\nEverything that was running is paused, nothing is lost. What to do next "
        f"stands here:\n\n{url}\n"
    )
    tell_owners(account_id, subject=f"{account.name} is on hold", text=text)
