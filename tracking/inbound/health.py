"""How the mailbox and the replies are, for whoever operates: no login, no names, no addresses."""

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from marketing.tenancy import every_account, no_account
from tracking.inbound.mailbox.imap import Box
from tracking.inbound.models import InboundMailbox, InboundReport, Reply, UnclaimedMail

# Nobody looked for so long: the process is not running.
_STALE: Final = timedelta(minutes=30)


@require_safe
def inbound_health(request: HttpRequest) -> JsonResponse:
    """200 while the mailbox is polled, or there is none; else 503 with the trouble in a word."""
    try:
        content = _mailbox() if settings.INBOUND_IMAP_URL else {"status": "no mailbox"}
        content |= _counts()
    except (OperationalError, InterfaceError):
        content = {"status": "no database"}
    is_well = content["status"] in {"ok", "no mailbox"}
    response = JsonResponse(content, status=200 if is_well else 503)
    response["Cache-Control"] = "no-store"
    return response


def _counts() -> dict[str, int]:
    """What somebody should look at: refusals for our sake, and replies that nobody took yet."""
    since = timezone.now() - timedelta(days=1)
    with every_account():
        alarms = InboundReport.objects.filter(alarm=True, received_at__gt=since).count()
        waiting = Reply.objects.filter(ended_at__isnull=True).count()
    with no_account():
        unclaimed = UnclaimedMail.objects.filter(received_at__gt=since).count()
    return {"alarms_today": alarms, "replies_waiting": waiting, "unclaimed_today": unclaimed}


def _mailbox() -> dict[str, Any]:
    with no_account():
        place = Box.of(settings.INBOUND_IMAP_URL).place
        row = InboundMailbox.objects.filter(place=place).first()
    if row is None:
        return {"status": "never polled"}
    is_stale = row.due_at < timezone.now() - _STALE
    return {
        "status": row.trouble or ("not polled" if is_stale else "ok"),
        "looked_at": row.looked_at,
        "failures": row.failures,
        "taken": row.taken,
        "set_aside": row.set_aside,
    }
