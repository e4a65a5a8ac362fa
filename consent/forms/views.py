"""Pages about consent forms: the list, the editor with its versions. The preview is answering's."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from consent.forms import editing
from consent.forms.reading import form_lines, put_away_forms
from consent.forms.versions import newest_texts, standard_form, texts_of
from marketing.access import MemberRequest, may, member_view, require


@require_GET
@member_view("see")
def forms(request: MemberRequest) -> HttpResponse:
    """What do we ask, and does it work?"""
    account = request.member.account
    standard_form(account)
    context = {
        "lines": form_lines(account),
        "put_away": put_away_forms(account),
        "may_edit": may(request.member, "edit_forms"),
    }
    return render(request, "consent/forms.html", context)


@require_GET
@member_view("see")
def form_first(request: MemberRequest) -> HttpResponse:
    """The form new campaigns begin with, for rooms that know its name only."""
    account = request.member.account
    return redirect(
        "consent:form", account.pk, account.consent_form_id or standard_form(account).pk
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("edit_forms")
def form_new(request: MemberRequest) -> HttpResponse:
    """Write an own form; `copy` names a form to start from."""
    account = request.member.account
    copied = request.GET.get("copy", "")
    name, text = editing.start_text(account, copied)
    language = text.language
    form = editing.unbound(account, name, texts_of(text), form_id=None)
    if "back" in request.POST:
        form = editing.brought_back(account, request.POST, form_id=None)
    elif request.method == "POST":
        form = editing.typed(account, request.POST, form_id=None)
        if form.is_valid():
            made = editing.create(form, by=request.member, language=language, copied=copied)
            messages.success(request, f"{made.name} is kept as version 1.")
            return redirect("consent:form", account.pk, made.pk)
    context = {"form": form, "language": language, "next_number": 1, "may_edit": True}
    context["shown_text"] = text
    context |= editing.looked_at(account, language, editing.typed_words(form))
    return render(request, "consent/form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("see")
def form(request: MemberRequest, form_id: int) -> HttpResponse:
    """One form: words by language, versions; the standard one is read-only."""
    account = request.member.account
    consent_form = editing.form_of(account, form_id)
    newest = newest_texts(consent_form)
    language = editing.language_of(request.GET.get("language", ""), newest)
    words = editing.words_for(newest, language)
    fields = editing.unbound(account, consent_form.name, words, form_id=form_id)
    if request.method == "POST":
        require(request.member, "edit_forms")
        if consent_form.is_standard:
            raise Http404
        is_back = "back" in request.POST
        read = editing.brought_back if is_back else editing.typed
        fields = read(account, request.POST, form_id=form_id)
        if fields.is_valid():
            saved = editing.change(consent_form, fields, by=request.member, language=language)
            messages.success(request, _told(saved, newest[0].number))
            return redirect(f"{request.path}?language={language}")
    may_edit = may(request.member, "edit_forms")
    context = editing.editor(consent_form, language=language)
    context |= {"form": fields, "words": words, "may_edit": may_edit}
    context |= editing.looked_at(account, language, editing.typed_words(fields))
    return render(request, "consent/form.html", context, status=422 if fields.errors else 200)


def _told(saved: bool, number: int) -> str:
    if saved:
        return f"Kept as version {number + 1}. Version {number} stays readable for ever."
    return "The words are as they were: no new version was made."
