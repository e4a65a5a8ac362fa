"""The five steps of an import: file, where from, columns, check, result."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from consent.importing.columns import check_mapping
from consent.importing.drafting import (
    TO_DECIDE,
    begin,
    choices_of,
    decide,
    facts_of,
    keep_columns,
    look,
    start,
)
from consent.importing.forms import ColumnsForm, FileForm, OriginForm, ReadingForm
from consent.importing.holding import waits
from consent.importing.models import Import
from consent.importing.result import (
    check_page,
    columns_page,
    errors_file,
    result_page,
    segment_of,
)
from consent.importing.stopping import Stopped
from consent.importing.tasks import run
from marketing.access import MemberRequest, may, member_view

STEPS = ("File", "Where from", "Columns", "Check", "Result")


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("edit_contacts")
def import_file(request: MemberRequest) -> HttpResponse:
    """Step 1: upload a file; it is kept as a draft until its columns are confirmed."""
    form = FileForm(*_posted(request, files=True))
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            imported = begin(file, name=file.name, size=file.size, by=request.member)
        except Stopped as stopped:
            form.add_error("file", f"Nothing was imported. {stopped.sentence}")
        else:
            step = "import_reading" if imported.stop_code else "import_origin"
            return redirect(f"consent:{step}", request.member.account_id, imported.pk)
    status = 422 if request.method == "POST" else 200
    page = {"form": form, "steps": _steps(0)}
    return render(request, "consent/import_file.html", page, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("edit_contacts")
def import_reading(request: MemberRequest, import_id: int) -> HttpResponse:
    """Step 1 again, where the file can be read in two ways."""
    imported = _draft(request, import_id)
    try:
        look(imported)
    except Stopped as stopped:
        if stopped.code not in TO_DECIDE:
            raise Http404 from stopped
        choices = choices_of(imported, stopped)
        form = ReadingForm(*_posted(request), code=stopped.code, choices=choices)
    else:
        return redirect("consent:import_origin", imported.account_id, imported.pk)
    if request.method == "POST" and form.is_valid():
        try:
            decide(imported, **form.cleaned_data)
        except Stopped as again:
            form.add_error(None, again.sentence)
        return _reading_answer(request, imported, form)
    return _reading_answer(request, imported, form)


def _reading_answer(request: MemberRequest, imported: Import, form: ReadingForm) -> HttpResponse:
    if request.method == "POST" and not form.errors:
        return redirect("consent:import_origin", imported.account_id, imported.pk)
    page = {"form": form, "imported": imported, "facts": facts_of(imported), "steps": _steps(0)}
    status = 422 if form.errors else 200
    return render(request, "consent/import_reading.html", page, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("edit_contacts")
def import_origin(request: MemberRequest, import_id: int) -> HttpResponse:
    """Step 2: source, basis claimed, dates, and "I confirm"."""
    imported = _draft(request, import_id)
    if imported.stop_code:
        return redirect("consent:import_reading", imported.account_id, imported.pk)
    form = OriginForm(*_posted(request), instance=imported)
    if request.method == "POST" and form.is_valid():
        imported.member = request.member
        form.save()
        return redirect("consent:import_columns", imported.account_id, imported.pk)
    page = {"form": form, "imported": imported, "facts": facts_of(imported), "steps": _steps(1)}
    return render(request, "consent/import_origin.html", page, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("edit_contacts")
def import_columns(request: MemberRequest, import_id: int) -> HttpResponse:
    """Step 3: which column is what."""
    imported = _draft(request, import_id)
    if imported.stop_code or not imported.attested:
        return redirect("consent:import_origin", imported.account_id, imported.pk)
    form = ColumnsForm(*_posted(request), mapping=imported.columns)
    if request.method == "POST" and form.is_valid():
        keep_columns(imported, [name for name, _ in imported.mapping], form.mapping())
        imported.skip_bad_rows = form.cleaned_data["skip_bad_rows"]
        imported.save(update_fields=["mapping", "skip_bad_rows"])
        return redirect("consent:import_check", imported.account_id, imported.pk)
    page = columns_page(imported, form) | {"facts": facts_of(imported), "steps": _steps(2)}
    return render(request, "consent/import_columns.html", page, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("edit_contacts")
def import_check(request: MemberRequest, import_id: int) -> HttpResponse:
    """Step 4: what the import would do, before it writes; then it starts in the background."""
    imported = _draft(request, import_id)
    try:
        check_mapping(imported.columns)
    except Stopped:
        return redirect("consent:import_columns", imported.account_id, imported.pk)
    if imported.stop_code or not imported.attested:
        return redirect("consent:import_origin", imported.account_id, imported.pk)
    if request.method == "POST":
        if start(imported, by=request.member):
            transaction.on_commit(partial(run.delay, imported.account_id, imported.pk))
        return redirect("consent:import_result", imported.account_id, imported.pk)
    page = check_page(imported) | {"facts": facts_of(imported), "steps": _steps(3)}
    page["will_wait"] = waits(imported)
    return render(request, "consent/import_check.html", page)


@require_GET
@member_view("see")
def import_result(request: MemberRequest, import_id: int) -> HttpResponse:
    """Step 5: progress, then what became of the rows. The card polls itself while it runs."""
    imported: Import = _of_account(request).defer("content").get_or_404(pk=import_id)
    if imported.state == Import.State.DRAFT:
        return redirect("consent:import_origin", imported.account_id, imported.pk)
    page = result_page(imported) | {"facts": facts_of(imported), "steps": _steps(4)}
    page["may_edit"] = may(request.member, "edit_contacts")
    return render(request, "consent/import_result.html", page)


@require_GET
@member_view("edit_contacts")
def import_errors(request: MemberRequest, import_id: int) -> HttpResponse:
    """The rows with errors as a CSV file with a reason column."""
    imported: Import = _of_account(request).defer("content").get_or_404(pk=import_id)
    headers = {"Content-Disposition": 'attachment; filename="rows-with-errors.csv"'}
    return HttpResponse(
        errors_file(imported), content_type="text/csv; charset=utf-8", headers=headers
    )


@require_POST
@member_view("edit_contacts")
def import_segment(request: MemberRequest, import_id: int) -> HttpResponse:
    """Make a fixed list of the people of this import."""
    imported: Import = _of_account(request).defer("content").get_or_404(pk=import_id)
    segment, count = segment_of(imported)
    messages.success(request, f"{segment.name}: {count:,} people.")
    return redirect("marketing:segments", imported.account_id)


def _posted(request: MemberRequest, *, files: bool = False) -> tuple[Any, ...]:
    """A form's data; an empty POST is an answer too."""
    if request.method != "POST":
        return (None,)
    return (request.POST, request.FILES) if files else (request.POST,)


def _of_account(request: MemberRequest) -> Any:
    return Import.objects.for_account(request.member.account).select_related("account")


def _draft(request: MemberRequest, import_id: int) -> Import:
    found: Import = _of_account(request).filter(state=Import.State.DRAFT).get_or_404(pk=import_id)
    return found


def _steps(current: int) -> list[dict[str, str]]:
    states = ["done"] * current + ["current"] + ["open"] * (len(STEPS) - current - 1)
    return [{"label": label, "state": state} for label, state in zip(STEPS, states, strict=True)]
