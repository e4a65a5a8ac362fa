"""The page of one export: being made, ready, gone; and its file."""

from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from marketing.access import MemberRequest, member_view, require
from marketing.exporting.models import Export
from marketing.exporting.running import file_of

CONTENT_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@require_GET
@member_view("see")
def export(request: MemberRequest, export_id: int) -> HttpResponse:
    """How far it is; polls itself until the file is there."""
    found = _export(request, export_id)
    return render(request, "marketing/export.html", {"export": found, "file": file_of(found)})


@require_GET
@member_view("see")
def export_file(request: MemberRequest, export_id: int) -> HttpResponseBase:
    """The file itself; a file on disk, so that nothing is read after the account's door closed."""
    found = _export(request, export_id)
    path = file_of(found)
    if path is None:
        return redirect("marketing:export", found.account_id, found.pk)
    file = path.open("rb")
    return FileResponse(
        file,
        as_attachment=True,
        filename=found.file_name,
        content_type=CONTENT_TYPES[found.ending],
    )


def _export(request: MemberRequest, export_id: int) -> Export:
    found: Export = Export.objects.for_account(request.member.account).get_or_404(pk=export_id)
    require(request.member, found.right)
    return found
