"""Download evidence: one ZIP about the person of a record; and the frame of what they saw."""

import re
from typing import Final

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_GET

from consent.answering.responses import public_policy
from consent.evidence.packing import evidence_zip
from consent.ledger import shown
from consent.models import ConsentPrivate, ConsentRecord
from marketing.access import MemberRequest, member_view

# A mail styles itself inline; nothing else may load.
_MAIL: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
# A person's own links stay theirs.
_LINK: Final = re.compile(r'(<a\b[^>]*?)\shref="[^"]*"')


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


@require_GET
@member_view("see")
def record_shown(request: MemberRequest, seq: int) -> HttpResponse:
    """The very page or mail of a record, for its frame; nothing in it leads anywhere."""
    account = request.member.account
    record: ConsentRecord = ConsentRecord.objects.for_account(account).get_or_404(seq=seq)
    kept = shown.of_record(record)
    if kept is None:
        raise Http404
    private = ConsentPrivate.objects.for_account(account).filter(seq=seq, deleted_at=None)
    html = shown.as_seen(kept, dict(private.values_list("kind", "value")))
    response = HttpResponse(_LINK.sub(r'\1 role="link" aria-disabled="true"', html))
    policy = _MAIL if kept.kind == kept.Kind.MAIL else public_policy(frame=True)
    response["Content-Security-Policy"] = f"sandbox; {policy}"
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Cache-Control"] = "no-store"
    return response
