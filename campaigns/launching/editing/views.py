"""Pages of the editor: a new campaign, the four cards; each card's form saves by itself."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.composing import drafting, forms, leaving_out
from campaigns.launching.editing.page import CARDS, editor_page
from campaigns.launching.showing.finding import campaign_of, open_url
from campaigns.models import Campaign
from marketing.access import MemberRequest, member_view
from marketing.rules.wording import cannot_be_turned_off

CHANGED = "This campaign was changed in another tab meanwhile. Look at what you typed, then save."


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("edit_campaigns")
def new_campaign(request: MemberRequest) -> HttpResponse:
    """Name it, then edit."""
    form = forms.NewCampaignForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        account = request.member.account
        name = form.cleaned_data["name"]
        campaign = drafting.new_campaign(account, by=request.member, name=name)
        return redirect(open_url(campaign))
    status = 422 if request.method == "POST" else 200
    return render(request, "campaigns/new_campaign.html", {"form": form}, status=status)


@require_safe
@member_view("edit_campaigns")
def editor(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """The editor of a draft or a scheduled campaign; else its Overview."""
    campaign = campaign_of(request, campaign_id)
    if campaign.state not in Campaign.EDITABLE:
        return redirect("campaigns:overview", campaign.account_id, campaign.pk)
    selected = request.GET.get("block", "")
    page = editor_page(campaign, request.member.account, selected=selected)
    return render(request, "campaigns/editor.html", page)


@require_POST
@member_view("edit_campaigns")
def save_recipients(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """Save the card Recipients."""
    return _save(request, campaign_of(request, campaign_id), "recipients")


@require_POST
@member_view("edit_campaigns")
def leave_doubtful_out(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """Leave out whom even asking is doubtful for."""
    campaign = campaign_of(request, campaign_id)
    version = campaign.version
    try:
        leaving_out.leave_doubtful_out(campaign, request.member.account, version=version)
    except drafting.ChangedElsewhere as changed:
        raise Http404 from changed
    return answer(request, campaign, "recipients")


@require_POST
@member_view("edit_campaigns")
def save_sender(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """Save the card Sender and subject."""
    return _save(request, campaign_of(request, campaign_id), "sender")


@require_POST
@member_view("edit_campaigns")
def save_more(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """Save the card More; what the law or the account holds is refused with 422."""
    return _save(request, campaign_of(request, campaign_id), "more")


def _save(request: MemberRequest, campaign: Campaign, card: str) -> HttpResponse:
    form = CARDS[card](request.POST, campaign=campaign, account=request.member.account)
    if form.is_valid():
        try:
            _store(request, campaign, form)
        except drafting.ConsentLocked:
            country = request.member.account.country
            form.add_error("require_consent", cannot_be_turned_off(country))
        except drafting.TrackingOff:
            name = "track_opens" if form.cleaned_data["track_opens"] else "track_clicks"
            form.add_error(name, "Tracking is off for the whole account.")
        except drafting.ChangedElsewhere:
            campaign.refresh_from_db()
            form.add_error(None, CHANGED)
    # Drawing the card anew would take away what is being typed into its next field.
    given = {name for name, value in request.POST.items() if value}
    is_same = "had_errors" not in given and (
        "keep_sending" not in given or "keep_sending_until" in given
    )
    return answer(request, campaign, card, form=form, is_in_place=is_same)


def _store(request: MemberRequest, campaign: Campaign, form: forms.CardForm) -> None:
    version, changes = form.cleaned_data["version"], form.changes()
    if form.card == "recipients":
        inside, outside = changes["segments_in"], changes["segments_out"]
        drafting.save_segments(campaign, version=version, inside=inside, outside=outside)
    elif form.card == "more":
        drafting.save_more(campaign, version=version, fields=changes, by=request.member)
    else:
        drafting.save(campaign, version=version, fields=changes)


def answer(
    request: MemberRequest,
    campaign: Campaign,
    card: str,
    *,
    form: forms.CardForm | None = None,
    **more: Any,
) -> HttpResponse:
    """After a save: the card and what follows from it, or the page again with what was wrong."""
    is_wrong = bool(form and form.errors) or bool(more.pop("is_wrong", False))
    is_in_place = bool(more.pop("is_in_place", False)) and not is_wrong
    if not request.htmx and not is_wrong:  # type: ignore[attr-defined]
        messages.success(request, "Saved.")
        url = reverse("campaigns:editor", args=[campaign.account_id, campaign.pk])
        block = f"?block={more['selected']}" if more.get("selected") else ""
        return redirect(f"{url}{block}#card-{card}")
    bound = {card: form} if form and form.errors else None
    page = editor_page(campaign, request.member.account, bound=bound, **more)
    page |= {"card": card, "is_in_place": is_in_place}
    template = "saved" if request.htmx else "editor"  # type: ignore[attr-defined]
    response = render(request, f"campaigns/{template}.html", page, status=422 if is_wrong else 200)
    response["HX-Trigger"] = "preview-changed"
    if is_in_place:
        response["HX-Reswap"] = "none"
    return response
