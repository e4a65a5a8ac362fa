"""Acts on a consent form beside writing it, and its name for the settings page."""

from collections.abc import Callable
from dataclasses import asdict
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from consent.asking.trying import NotSent, send_test
from consent.forms import putting_away
from consent.forms.editing import form_of, looked_at, typed_fields
from consent.forms.texts import FIELDS
from consent.forms.versions import STANDARD_NAME, texts_of
from consent.models import ConsentForm, TextVersion
from marketing.access import MemberRequest, member_view
from marketing.models import Member
from marketing.queries import number_in


@require_POST
@member_view("edit_forms")
def form_put_away(request: MemberRequest, form_id: int) -> HttpResponse:
    """Offer it no longer."""
    return _act(request, form_id, putting_away.put_away, "is put away. Its versions stay readable.")


@require_POST
@member_view("edit_forms")
def form_take_out(request: MemberRequest, form_id: int) -> HttpResponse:
    """Offer it again."""
    return _act(request, form_id, putting_away.take_out, "can be chosen again.")


@require_GET
@member_view("see")
def form_current(request: MemberRequest) -> HttpResponse:
    """The name of the form new campaigns begin with, as plain text for Settings, More."""
    account = request.member.account
    chosen = ConsentForm.objects.for_account(account).filter(pk=account.consent_form_id or 0)
    name = chosen.values_list("name", flat=True).first() or STANDARD_NAME
    return HttpResponse(name, content_type="text/plain; charset=utf-8")


def _act(request: MemberRequest, form_id: int, act: Callable[..., None], done: str) -> HttpResponse:
    member: Member = request.member
    form = form_of(member.account, form_id)
    try:
        act(form, by=member)
    except putting_away.Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"{form.name} {done}")
    return redirect("consent:forms", member.account_id)


@require_POST
@member_view("edit_forms")
def form_named(request: MemberRequest) -> HttpResponse:
    """What the words name, while somebody types; keeps nothing."""
    words = {name: request.POST.get(name, "") for name in FIELDS}
    language = request.GET.get("language", "en")
    url = f"{request.path}?{urlencode({'language': language})}"
    context = looked_at(request.member.account, language, words)
    return render(request, "consent/form_named.html", context | {"url": url})


@require_POST
@member_view("edit_forms")
def form_test(request: MemberRequest) -> HttpResponse:
    """Mail what is typed, or the stored `?text=`, to the member who asks; keeps nothing."""
    account, typed = request.member.account, {}
    if "text" in request.GET:
        version: TextVersion = TextVersion.objects.for_account(account).get_or_404(
            pk=request.GET["text"]
        )
        words = asdict(texts_of(version)) | {"language": version.language}
        back = reverse("consent:form", args=[account.pk, version.form_id])
    else:
        words = {name: request.POST.get(name, "") for name in FIELDS}
        words["language"] = request.GET.get("language", "en")
        back, typed = _editor(account.pk, request.GET), typed_fields(request.POST)
    try:
        address = send_test(request.member, words, page_url=f"{settings.SITE_URL}{back}")
        told, status = f"On its way to {address}. Nobody else gets it.", 200
    except NotSent as not_sent:
        told, status = str(not_sent), 422
    context = {"told": told, "back": back, "typed": typed}
    return render(request, "consent/form_tested.html", context, status=status)


def _editor(account_id: int, query: QueryDict) -> str:
    """Where the words were typed: the form's page, or that of a new one."""
    known = {name: query[name] for name in ("language", "copy") if query.get(name)}
    if form_id := number_in(query.get("form", "")):
        return f"{reverse('consent:form', args=[account_id, form_id])}?{urlencode(known)}"
    return f"{reverse('consent:form_new', args=[account_id])}?{urlencode(known)}"
