"""Download evidence: one ZIP about the person of a record."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from consent.evidence.packing import evidence_zip
from consent.models import ConsentRecord
from marketing.access import MemberRequest, member_view


@require_GET
@member_view("see")
def record_evidence(request: MemberRequest, seq: int) -> HttpResponse:
    """Everything about the address of a record, to keep or to hand over."""
    account = request.member.account
    record: ConsentRecord = ConsentRecord.objects.for_account(account).get_or_404(seq=seq)
    data = evidence_zip(account, bytes(record.address_hash))
    response = HttpResponse(data, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="evidence-{seq}.zip"'
    return response
