"""The mail as it will look in a frame of its own; the consent form chooser; test sends."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.composing import drafting
from campaigns.composing.freezing import template_of
from campaigns.composing.merging import MergeFailed, html_template, text_template
from campaigns.launching.editing import test_sends
from campaigns.launching.editing.choosing import chooser
from campaigns.launching.editing.preview_people import found_people, values_for
from campaigns.launching.readiness import not_theirs
from campaigns.launching.showing.finding import campaign_of
from campaigns.launching.tasks import SEND_TESTS, ring
from campaigns.models import Campaign
from consent.forms.reading import form_lines
from marketing.access import MemberRequest, member_view, require

# A mail may hold pictures from anywhere and its own styles; it runs nothing and sends nothing.
POLICY = (
    "default-src 'none'; img-src https: http: data:; style-src 'unsafe-inline'; "
    "frame-ancestors 'self'; sandbox"
)
VIEWS = ("desktop", "phone", "dark", "text")


@require_safe
@member_view("see")
def preview(request: MemberRequest, campaign_id: int, view: str) -> HttpResponse:
    """The mail for a sample person or a contact: as frozen, or as it stands in a draft."""
    if view not in VIEWS:
        raise Http404
    campaign = campaign_of(request, campaign_id)
    values = values_for(request.member.account, request.GET.get("contact", ""))
    html, text = campaign.html, campaign.text
    if campaign.state in Campaign.EDITABLE:
        template = template_of(campaign, request.member.account, forces_dark=view == "dark")
        html, text = template.html, template.text
    try:
        shown = (text_template(text) if view == "text" else html_template(html)).render(values)
    except MergeFailed as failed:
        shown, view = f"A merge tag is wrong: {failed}", "text"
    response = HttpResponse(shown, content_type=_type(view))
    response["Content-Security-Policy"] = POLICY
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


@require_safe
@member_view("see")
def preview_people(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """Contacts to preview the mail as."""
    term = request.GET.get("as", "")
    page = {
        "campaign": campaign_of(request, campaign_id),
        "people": found_people(request.member.account, term),
        "term": term,
    }
    return render(request, "campaigns/preview_people.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("edit_campaigns")
def choose_form(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """Consent forms left, what the person is asked right, in each language; one press uses it."""
    campaign, account = campaign_of(request, campaign_id), request.member.account
    lines = form_lines(account)
    wanted = request.POST.get("form") or request.GET.get("form") or str(campaign.consent_form_id)
    line = next((line for line in lines if str(line.form.pk) == wanted), lines[0])
    if request.method == "POST":
        fields = {"consent_form_id": line.form.pk}
        try:
            drafting.save(campaign, version=campaign.version, fields=fields, by=request.member)
        except drafting.ChangedElsewhere as changed:
            raise Http404 from changed
        messages.success(request, f"{line.form.name} is used.")
        editor = reverse("campaigns:editor", args=[campaign.account_id, campaign.pk])
        return redirect(f"{editor}#card-more")
    name = "choose_form_dialog" if request.htmx else "choose_form"  # type: ignore[attr-defined]
    page = chooser(campaign, account, line, request.GET)
    return render(request, f"campaigns/{name}.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("edit_campaigns")
def send_test(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """To confirmed addresses of members only: five at a time, fifty a day."""
    campaign = campaign_of(request, campaign_id)
    refused = [each.text for each in not_theirs(campaign, request.member)]
    if refused and request.method == "POST":
        raise Http404
    form = test_sends.TestForm(request.POST or None, account=request.member.account)
    if request.method == "POST":
        require(request.member, "launch")
        if form.is_valid():
            test_sends.queue(campaign, form.cleaned_data["addresses"], by=request.member)
            ring(SEND_TESTS)
            messages.success(request, "The test is on its way.")
            return redirect("campaigns:editor", campaign.account_id, campaign.pk)
    page = {"campaign": campaign, "form": form, "refused": refused}
    page["left"] = test_sends.left_today(campaign.account_id)
    return render(request, "campaigns/send_test.html", page, status=422 if form.errors else 200)


def _type(view: str) -> str:
    return f"text/{'plain' if view == 'text' else 'html'}; charset=utf-8"
