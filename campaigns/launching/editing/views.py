"""Pages of the editor: a new campaign, the four cards; each card's form saves by itself."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.composing import drafting, forms
from campaigns.launching import leaving_out
from campaigns.launching.editing import samples
from campaigns.launching.editing.page import CARDS, Shown, editor_page
from campaigns.launching.readiness import not_theirs
from campaigns.launching.showing.finding import campaign_of, open_url
from campaigns.launching.showing.moments import moment
from campaigns.models import Campaign
from marketing.access import MemberRequest, may, member_view
from marketing.models import Member
from marketing.rules.wording import cannot_be_turned_off


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("edit_campaigns")
def new_campaign(request: MemberRequest) -> HttpResponse:
    """Name it, choose what to start from, then edit."""
    form = forms.NewCampaignForm(request.POST or None)
    chosen = request.POST.get("template") or request.GET.get("template") or samples.EMPTY
    if request.method == "POST" and form.is_valid():
        campaign = drafting.new_campaign(
            request.member.account,
            by=request.member,
            name=form.cleaned_data["name"],
            document=samples.document_of(chosen),
        )
        return redirect(open_url(campaign))
    page = {"form": form, "samples": samples.SAMPLES, "chosen": chosen}
    status = 422 if request.method == "POST" else 200
    return render(request, "campaigns/new_campaign.html", page, status=status)


@require_safe
@member_view("see")
def templates(request: MemberRequest) -> HttpResponse:
    """What a newsletter may start from, each with a small picture of it."""
    page = {"samples": samples.SAMPLES, "may_edit": may(request.member, "edit_campaigns")}
    return render(request, "campaigns/templates.html", page)


@require_safe
@member_view("edit_campaigns")
def editor(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """The editor of a draft or a scheduled campaign; else its Overview."""
    campaign = campaign_of(request, campaign_id)
    if campaign.state not in Campaign.EDITABLE:
        return redirect("campaigns:overview", campaign.account_id, campaign.pk)
    shown = Shown(selected=request.GET.get("block", ""), is_checking="check" in request.GET)
    page = _page(request, campaign, shown=shown)
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
    except drafting.ChangedElsewhere:
        shown = Shown(elsewhere=changed_by(campaign, request.member), is_wrong=True)
        return answer(request, campaign, "recipients", shown=shown)
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
    shown = None
    if form.is_valid():
        try:
            _store(request, campaign, form)
        except drafting.ConsentLocked:
            country = request.member.account.country
            form.add_error("require_consent", cannot_be_turned_off(country))
        except drafting.TrackingOff:
            name = "track_opens" if form.cleaned_data["track_opens"] else "track_clicks"
            form.add_error(name, "Tracking is off for the whole account.")
        except drafting.NotTheirs as forged:
            raise Http404 from forged
        except drafting.ChangedElsewhere:
            shown = Shown(elsewhere=changed_by(campaign, request.member))
            form.add_error(None, shown.elsewhere)
    # Drawing the card anew would take away what is being typed into its next field.
    given = {name for name, value in request.POST.items() if value}
    is_same = "had_errors" not in given and (
        "keep_sending" not in given or "keep_sending_until" in given
    )
    shown = shown or Shown(is_in_place=is_same)
    return answer(request, campaign, card, form=form, shown=shown)


def _store(request: MemberRequest, campaign: Campaign, form: forms.CardForm) -> None:
    version, changes = form.cleaned_data["version"], form.changes()
    if form.card == "recipients":
        inside, outside = changes["segments_in"], changes["segments_out"]
        drafting.save_segments(
            campaign, version=version, inside=inside, outside=outside, by=request.member
        )
    elif isinstance(form, forms.MoreForm):
        drafting.save_more(
            campaign, version=version, fields=changes, by=request.member, marks=form.marks()
        )
    else:
        drafting.save(campaign, version=version, fields=changes, by=request.member)


def changed_by(campaign: Campaign, member: Member) -> str:
    """Who saved meanwhile: "Olga changed this at 09:46"; reads the campaign anew."""
    campaign.refresh_from_db()
    if campaign.state not in Campaign.EDITABLE:
        return "This campaign was launched meanwhile"
    by = campaign.changed_by
    at = moment(campaign.changed_at, member.account.time_zone).removeprefix("today ")
    if by is None or by.pk == member.pk:
        return f"You changed this in another tab at {at}"
    return f"{by.user.display_name} changed this at {at}"


def _page(request: MemberRequest, campaign: Campaign, **more: Any) -> dict[str, Any]:
    """The whole context, with the senders this member may use, also for a test."""
    page = editor_page(campaign, request.member.account, **more)
    page["sender_form"].offer_to(request.member)
    page["is_over"] = campaign.state not in Campaign.EDITABLE
    page["test_refused"] = [each.text for each in not_theirs(campaign, request.member)]
    return page


def answer(
    request: MemberRequest,
    campaign: Campaign,
    card: str,
    *,
    form: forms.CardForm | None = None,
    shown: Shown | None = None,
) -> HttpResponse:
    """After a save: the card and what follows from it, or the page again with what was wrong."""
    shown = shown or Shown()
    is_wrong = shown.is_wrong or bool(form and form.errors)
    if not request.htmx and not is_wrong:  # type: ignore[attr-defined]
        messages.success(request, "Saved.")
        url = reverse("campaigns:editor", args=[campaign.account_id, campaign.pk])
        block = f"?block={shown.selected}" if shown.selected else ""
        return redirect(f"{url}{block}#card-{card}")
    bound = {card: form} if form and form.errors else None
    page = _page(request, campaign, bound=bound, shown=shown)
    page |= {"card": card, "is_in_place": shown.is_in_place and not is_wrong}
    template = "saved" if request.htmx else "editor"  # type: ignore[attr-defined]
    response = render(request, f"campaigns/{template}.html", page, status=422 if is_wrong else 200)
    response["HX-Trigger"] = "preview-changed"
    if page["is_in_place"]:
        response["HX-Reswap"] = "none"
    return _drawn_anew(response) if shown.elsewhere else response


def _drawn_anew(response: HttpResponse) -> HttpResponse:
    """Also where a save in the background would have drawn nothing."""
    response["HX-Reswap"] = "outerHTML"
    return response
