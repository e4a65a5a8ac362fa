"""A person's data as a ZIP: one page to read, and the same as JSON for programs."""

import io
import json
import zipfile
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.template.loader import render_to_string
from django.utils import timezone, translation

from consent import measured
from consent.asking.speaking import direction_of, spoken
from consent.erasing.telling import sections_of
from consent.ledger import chain
from consent.models import ConsentPrivate, ConsentRecord, ConsentRequest
from marketing.models import Account, Contact, Standing

_MOST: Final = 10_000

# Mails of campaigns live in a higher room: plain SQL (docs/decisions/0007).
_MAILS: Final = """
SELECT k.subject, r.prepared_at, r.sent_at, r.reply, r.address FROM recipient r
JOIN campaign k ON k.account_id = r.account_id AND k.id = r.campaign_id
WHERE r.account_id = %s AND r.contact_id = ANY(%s) AND r.address_hash = %s
ORDER BY r.prepared_at LIMIT %s
"""


def data_of(account: Account, address_hash: bytes) -> dict[str, Any]:
    """Everything the account keeps about the address, with names a reader understands.

    Call inside `use_account`.
    """
    records = ConsentRecord.objects.for_account(account).filter(address_hash=address_hash)
    rows = list(records.order_by("seq")[:_MOST])
    contact = Contact.objects.for_account(account).filter(address_hash=address_hash).first()
    contacts = {row.contact_id for row in rows if row.contact_id} | (
        {contact.pk} if contact else set()
    )
    return {
        "company": account.name,
        "made_at": chain.instant(timezone.now()),
        "profile": _profile(contact) if contact else {},
        "choices": _choices(account, address_hash),
        "requests": _requests(account, address_hash),
        "records": _records(account, rows),
        "newsletters": _newsletters(account.pk, sorted(contacts), address_hash),
        "measured": [
            {**{name: getattr(one, name) for name in one.__slots__}, "at": chain.instant(one.at)}
            for contact_id in sorted(contacts)
            for one in measured.recorded(account.pk, contact_id)
        ],
    }


def data_zip(account: Account, address_hash: bytes, *, language: str) -> bytes:
    """`data_of` as a ZIP, its page in a language; call inside `use_account`."""
    data = data_of(account, address_hash)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("your-data.json", json.dumps(data, indent=2, ensure_ascii=False))
        archive.writestr("your-data.html", _page(data, spoken(language)))
    return packed.getvalue()


def _page(data: dict[str, Any], language: str) -> str:
    with translation.override(language):
        words = {
            "company": data["company"],
            "made_at": data["made_at"],
            "language": language,
            "direction": direction_of(language),
            "sections": sections_of(data),
        }
        return render_to_string("public/your_data.html", words)


def _profile(contact: Contact) -> dict[str, Any]:
    return {
        "address": contact.address,
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "country": contact.country,
        "language": contact.language,
        "fields": contact.fields,
        "reason_to_write": contact.get_basis_display() if contact.basis else "",
        "known_from": contact.source,
        "told": contact.known_from,
        "known_since": chain.instant(contact.created_at),
    }


def _choices(account: Account, address_hash: bytes) -> dict[str, Any]:
    found = Standing.objects.for_account(account).filter(address_hash=address_hash).first()
    if found is None:
        return {}
    return {
        "newsletter": found.get_newsletter_display(),
        "newsletter_since": _at(found.newsletter_at),
        "tracking": found.get_tracking_display(),
        "tracking_since": _at(found.tracking_at),
        "blocked": found.suppressed,
        "blocked_since": _at(found.suppressed_at),
    }


def _requests(account: Account, address_hash: bytes) -> list[dict[str, Any]]:
    found = ConsentRequest.objects.for_account(account).filter(address_hash=address_hash)
    return [
        {
            "state": request.get_state_display(),
            "campaign": request.source,
            "asked_at": _at(request.asked_at),
            "answered_at": _at(request.answered_at),
            "message_id": request.message_id,
            "server_replied": request.reply,
        }
        for request in found
    ]


def _records(account: Account, rows: Iterable[ConsentRecord]) -> list[dict[str, Any]]:
    every = list(rows)
    private: dict[int, dict[str, str]] = {}
    beside = ConsentPrivate.objects.for_account(account).filter(seq__in=[row.seq for row in every])
    for seq, kind, value in beside.values_list("seq", "kind", "value"):
        private.setdefault(seq, {})[kind] = value
    return [
        {
            "record": row.seq,
            "at": chain.instant(row.at),
            "event": row.get_event_display(),
            "purpose": row.get_purpose_display(),
            "how": row.get_act_display(),
            "values": private.get(row.seq, {}),
            "chained_text": row.body,
        }
        for row in every
    ]


def _newsletters(account_id: int, contacts: list[int], address_hash: bytes) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(_MAILS, [account_id, contacts, address_hash, _MOST])
        rows = cursor.fetchall()
    return [
        {
            "subject": subject,
            "considered_at": _at(prepared),
            "sent_at": _at(sent),
            "server_replied": reply,
            "address": address,
        }
        for subject, prepared, sent, reply, address in rows
    ]


def _at(moment: datetime | None) -> str:
    return chain.instant(moment) if moment else ""
