"""The frame in which members see a consent form as a person would, in answering's own pages."""

from dataclasses import asdict
from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.views.decorators.http import require_http_methods

from consent.answering.previewing import KINDS, Shown, preview, shown_in
from consent.forms.texts import FIELDS
from consent.forms.versions import latest, standard_form, texts_of
from consent.models import ConsentRecord, TextVersion
from marketing.access import MemberRequest, member_view, require
from marketing.models import Account


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("see")
def form_preview(request: MemberRequest, kind: str) -> HttpResponse:
    """Mail or page of a stored text (GET ?text=id), or of what is typed (POST; keeps nothing).

    `?seq=` shows it to the person of a record instead of the member who looks.
    """
    account = request.member.account
    if kind not in KINDS:
        raise Http404
    if request.method == "POST":
        require(request.member, "edit_forms")
        words: dict[str, Any] = {name: request.POST.get(name, "") for name in FIELDS}
        language = request.GET.get("language", "en")
        if "asks_tracking" not in request.POST:
            words["tracking_question"] = ""
    else:
        version = _version(account, request.GET)
        words, language = asdict(texts_of(version)), version.language
    return preview(request, account, _shown(request, words | {"language": language}), kind)


def _version(account: Account, query: QueryDict) -> TextVersion:
    """The text `?text=` names, else the standard form's in `?language=`."""
    if "text" not in query:
        return latest(standard_form(account), query.get("language", ""))
    found: TextVersion = TextVersion.objects.for_account(account).get_or_404(pk=query["text"])
    return found


def _shown(request: MemberRequest, words: dict[str, Any]) -> Shown:
    """For the person of `?seq=`, else for the member who looks."""
    if "seq" not in request.GET:
        return Shown(words, request.member.user.email)
    records = ConsentRecord.objects.for_account(request.member.account)
    return shown_in(records.get_or_404(seq=request.GET["seq"]), words)
