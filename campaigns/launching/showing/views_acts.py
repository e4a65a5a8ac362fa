"""Acts on a campaign: launch, pause, resume, stop, back to draft, copy. Each a form that posts."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from campaigns.composing.drafting import copy_of
from campaigns.composing.forms import LaunchForm
from campaigns.launching import stopping
from campaigns.launching.launch import launch as launch_campaign
from campaigns.launching.progress import progress_of
from campaigns.launching.readiness import NotLaunchable, not_theirs, problems_of
from campaigns.launching.review import review
from campaigns.launching.showing.finding import campaign_of, facts_of, open_url
from campaigns.launching.showing.pace import estimate, estimate_of_requests
from campaigns.launching.showing.troubles import settled_text, unknown_ids
from campaigns.launching.tasks import SEND, SEND_NOW, ring, ring_prepare
from campaigns.models import Campaign
from campaigns.recipients import moving
from campaigns.sending.rates.forecasting import forecast
from marketing.access import MemberRequest, member_view


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("launch")
def launch(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """The dialog with the counts taken again; the button launches or schedules."""
    campaign = campaign_of(request, campaign_id)
    if campaign.state not in Campaign.EDITABLE:
        return _go_to_launched(request, campaign)
    when = "later" if request.GET.get("when") == "later" else "now"
    form = LaunchForm(request.POST or None, account=request.member.account, when=when)
    if request.method != "POST" or not form.is_valid():
        return _launch_page(request, campaign, form)
    at = form.cleaned_data["at"] if form.cleaned_data["when"] == "later" else None
    try:
        launch_campaign(campaign, by=request.member, at=at)
    except NotLaunchable as refused:
        for problem in refused.problems:
            form.add_error("at" if problem.field == "id_at" else None, problem.text)
        return _launch_page(request, campaign, form)
    if at is None:
        ring_prepare(campaign.account_id, campaign.pk)
    messages.success(request, "Launched." if at is None else "Scheduled.")
    return _go(request, open_url(campaign))


@require_POST
@member_view("launch")
def pause(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """Hold everything unsent."""
    campaign = campaign_of(request, campaign_id)
    return _done(request, campaign, stopping.pause(campaign, by=request.member), "Paused.")


@require_POST
@member_view("launch")
def resume(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """Go on where it was paused."""
    campaign = campaign_of(request, campaign_id)
    try:
        resumed = stopping.resume(campaign, by=request.member)
    except stopping.Held as held:
        messages.error(request, f"{held}. The operator can let it go.")
        return redirect(open_url(campaign))
    if resumed:
        ring_prepare(campaign.account_id, campaign.pk)
        ring(SEND)
    return _done(request, campaign, resumed, "Resumed.")


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("launch")
def stop(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """Ask first: a stopped campaign never goes on."""
    campaign = campaign_of(request, campaign_id)
    if request.method == "POST":
        stopped = stopping.stop(campaign, by=request.member)
        return _done(request, campaign, stopped, "Stopped for good.")
    progress = progress_of(campaign)
    left = progress.queued + progress.pending
    return render(request, "campaigns/stop.html", {"campaign": campaign, "left": left})


@require_POST
@member_view("launch")
def settle_all(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """A member decides on everybody whose outcome is unknown: count as sent, or send again."""
    campaign, act = campaign_of(request, campaign_id), request.POST.get("act", "")
    if act not in ("sent", "again"):
        raise Http404
    keys = [(campaign.pk, contact_id) for contact_id in unknown_ids(campaign)]
    moved = moving.settle(
        campaign.account_id, keys, as_sent=act == "sent", member_id=request.member.pk
    )
    if moved and act == "again":
        ring(SEND_NOW)
    return _done(request, campaign, bool(moved), settled_text(moved, as_sent=act == "sent"))


@require_POST
@member_view("edit_campaigns")
def back_to_draft(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """Take a schedule back."""
    campaign = campaign_of(request, campaign_id)
    drafted = stopping.back_to_draft(campaign, by=request.member)
    return _done(request, campaign, drafted, "Back to draft.")


@require_POST
@member_view("edit_campaigns")
def copy(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """A new draft like this campaign."""
    copied = copy_of(campaign_of(request, campaign_id), by=request.member)
    messages.success(request, "Copied. This is the new draft.")
    return redirect(open_url(copied))


def _go_to_launched(request: MemberRequest, campaign: Campaign) -> HttpResponse:
    """Launched meanwhile, in another tab or by somebody else: there, with who and when."""
    messages.info(request, f"{facts_of(campaign, request.member.account.time_zone)}.")
    return _go(request, open_url(campaign))


def _launch_page(request: MemberRequest, campaign: Campaign, form: LaunchForm) -> HttpResponse:
    account = request.member.account
    counted = review(campaign, account)
    sender = campaign.sender.address if campaign.sender else ""
    seen = (request.POST.get("seen") or request.GET.get("seen", ""))[:60]
    page = {
        "campaign": campaign,
        "form": form,
        "review": counted,
        "seen": seen,
        "is_changed": bool(seen) and seen != f"{counted.send}-{counted.ask}-{counted.never}",
        "problems": [*problems_of(campaign, account), *not_theirs(campaign, request.member)],
        "estimate": estimate(account, counted.send, sender=sender, requests=counted.ask),
        "requests": estimate_of_requests(account, counted.ask, sender=sender),
        "forecast": forecast(account.pk, sender, counted.send),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "campaigns/launch.html", page, status=status)


def _done(request: MemberRequest, campaign: Campaign, changed: bool, text: str) -> HttpResponse:
    if changed:
        messages.success(request, text)
    else:
        messages.warning(request, "Nothing was changed: the campaign is in another state now.")
    campaign.refresh_from_db()
    return _go(request, open_url(campaign))


def _go(request: MemberRequest, url: str) -> HttpResponse:
    """A redirect that also leaves a dialog loaded by htmx."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)
