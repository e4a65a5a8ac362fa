"""Where providers post what became of our mails."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tracking.inbound.events import take_event
from tracking.inbound.hooks import NotTheirs, events_in


@csrf_exempt
@require_POST
def provider_events(request: HttpRequest, provider: str) -> HttpResponse:
    """Store each event, then say 200; the same 404 for everything that is not a provider's.

    Without the database it is a 500, and the provider comes again.
    """
    try:
        account_id, events = events_in(request, provider)
    except NotTheirs:
        return HttpResponse(status=404)
    for event in events:
        take_event(account_id, provider, event)
    return HttpResponse(status=200)
