"""How the mailbox and the replies are, for whoever operates: no login, no names, no addresses."""

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from marketing.tenancy import no_account
from tracking.inbound.mailbox.imap import Box
from tracking.inbound.models import InboundMailbox

# Nobody looked for so long: the process is not running.
_STALE: Final = timedelta(minutes=30)


@require_safe
def inbound_health(request: HttpRequest) -> JsonResponse:
    """200 while the mailbox is polled, or there is none; else 503 with the trouble in a word."""
    try:
        content = _mailbox() if settings.INBOUND_IMAP_URL else {"status": "no mailbox"}
    except (OperationalError, InterfaceError):
        content = {"status": "no database"}
    is_well = content["status"] in {"ok", "no mailbox"}
    response = JsonResponse(content, status=200 if is_well else 503)
    response["Cache-Control"] = "no-store"
    return response


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
