"""The health of the records, for whoever operates: no login, no names, no addresses."""

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from consent.ledger.verifying import broken


@require_safe
def records_health(request: HttpRequest) -> JsonResponse:
    """200 while every chain was intact when last looked at, else 503 with the first bad records."""
    try:
        found = broken()
    except (OperationalError, InterfaceError):
        return JsonResponse({"status": "no database"}, status=503)
    chains = [
        {"account": one.account_id, "first_bad_record": one.bad_seq}
        for one in found
        if one.bad_seq is not None
    ]
    standing = [
        {"account": one.account_id, "addresses": one.standing_off}
        for one in found
        if one.standing_off
    ]
    status = "broken" if found else "ok"
    content = {"status": status, "broken_chains": chains, "standing_differs": standing}
    response = JsonResponse(content, status=503 if found else 200)
    response["Cache-Control"] = "no-store"
    return response
