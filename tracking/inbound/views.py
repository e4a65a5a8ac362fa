"""Where providers post what became of our mails."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from marketing.tenancy import use_account
from tracking.inbound.events import take_event
from tracking.inbound.hooks import Hook, NotTheirs, events_in, hook_of
from tracking.inbound.models import HookKey
from tracking.inbound.signatures import Away, confirm_url_of


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def provider_events(request: HttpRequest, provider: str) -> HttpResponse:
    """Store each event, then say 200; the same 404 for everything that is not a provider's.

    Without the database, or Amazon's certificate, it is a 5xx, and the provider comes again. GET
    and HEAD are how some look whether the address is there.
    """
    if provider == "amazon_ses" and "Authorization" not in request.headers:
        # Amazon keeps the secret to itself until it is asked for it.
        return HttpResponse(status=401, headers={"WWW-Authenticate": 'Basic realm="Assent"'})
    try:
        hook = hook_of(request, provider)
        events = events_in(request, hook) if request.method == "POST" else []
    except NotTheirs:
        return HttpResponse(status=404)
    except Away:
        return HttpResponse(status=503)
    for event in events:
        take_event(hook.account_id, provider, event)
    if provider == "amazon_ses" and request.method == "POST":
        _keep_question(hook, confirm_url_of(request))
    return HttpResponse(status=200)


def _keep_question(hook: Hook, url: str) -> None:
    """Whether the account wants Amazon's topic: a member answers, on the deliverability page."""
    if not url or not hook.account_id:
        return
    with use_account(hook.account_id):
        HookKey.objects.update_or_create(
            account_id=hook.account_id,
            provider=hook.provider,
            defaults={"confirm_url": url, "confirm_asked_at": timezone.now()},
        )
