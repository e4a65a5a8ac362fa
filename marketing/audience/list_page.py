"""What the contacts pages show: pills, filters, pager and facts, ready for the components."""

from typing import Any, Final

from django.http import QueryDict
from django.urls import reverse

from marketing.accounts.models import Account
from marketing.audience.listing import (
    CONSENTS,
    PER_PAGE,
    TRACKING,
    Filters,
    consent_counts,
    contacts_page,
    countries_of,
)
from marketing.audience.models import Contact, Segment, Standing, Suppression
from marketing.rules.countries import country_name

NEVER: Final = ("refused", "unsubscribed", "withdrew", "bounced", "blocked")


def contacts_list(account: Account, query: QueryDict) -> dict[str, Any]:
    """The context of the contacts list for one query string."""
    segments = list(Segment.objects.for_account(account).order_by("name"))
    filters = _filters(query, segments)
    counts = consent_counts(account, filters)
    page = contacts_page(
        account, filters, before=_number(query, "before"), after=_number(query, "after")
    )
    total = sum(counts.values())
    shown = counts.get(filters.consent, 0) if filters.consent else total
    return {
        "rows": page.rows,
        "pills": _pills(query, filters, counts),
        "selects": _selects(account, filters, segments),
        "q": filters.q,
        "keep": [("consent", filters.consent)],
        "facts": _facts(counts, total, narrowed=filters.any_set),
        "any_filter": filters.any_set,
        "fixed_segments": [s for s in segments if s.kind == Segment.Kind.FIXED],
        "previous_url": _with(query, after=page.after) if page.after else "",
        "next_url": _with(query, before=page.before) if page.before else "",
        "range": f"{len(page.rows):,} of {shown:,}" if shown > PER_PAGE else f"{shown:,} people",
        "list_url": reverse("marketing:contacts", args=[account.pk]),
    }


def known_about(contact: Contact) -> list[tuple[str, str]]:
    """Names and values of everything we know about a contact."""
    own = [(name, _as_text(value)) for name, value in contact.fields.items() if value]
    return [
        ("Email address", contact.address),
        ("Country", country_name(contact.country)),
        ("Language", contact.language or "Unknown"),
        *own,
    ]


def basis_of(contact: Contact) -> str:
    """The recorded basis in one sentence, or nothing."""
    if not contact.basis:
        return ""
    parts = [contact.get_basis_display()]
    if contact.basis_evidence:
        parts.append(f"evidence: {contact.basis_evidence}")
    if contact.basis_until:
        parts.append(f"until {contact.basis_until:%-d %b %Y}")
    parts.append("confirmed" if contact.basis_attested else "not confirmed: counts nowhere")
    return ", ".join(parts)


def suppression_of(contact: Contact) -> tuple[str, str]:
    """Code and words of what forbids mailing this address; ("", "") if nothing does."""
    standing = (
        Standing.objects.for_account(contact.account_id)
        .filter(address_hash=contact.address_hash)
        .first()
    )
    code = standing.suppressed if standing else ""
    return code, str(Suppression.Reason(code).label) if code else ""


def _filters(query: QueryDict, segments: list[Segment]) -> Filters:
    consent = query.get("consent", "")
    tracking = query.get("tracking", "")
    wanted = query.get("segment", "")
    return Filters(
        q=query.get("q", "").replace("\0", "").strip()[:200],
        consent=consent if consent in CONSENTS else "",
        country=query.get("country", "").replace("\0", "")[:7],
        tracking=tracking if tracking in {"yes", "no", "not_asked"} else "",
        segment=next((segment for segment in segments if str(segment.pk) == wanted), None),
    )


def _pills(query: QueryDict, filters: Filters, counts: dict[str, int]) -> list[dict[str, Any]]:
    every = {"label": "All", "count": sum(counts.values()), "url": _with(query, consent="")}
    pills = [every | {"is_current": not filters.consent}]
    for code, (label, _) in CONSENTS.items():
        is_current = filters.consent == code
        if counts.get(code) or is_current:
            url = _with(query, consent=code)
            count = counts.get(code, 0)
            pills.append({"label": label, "count": count, "url": url, "is_current": is_current})
    return pills


def _selects(
    account: Account, filters: Filters, segments: list[Segment]
) -> list[dict[str, object]]:
    countries = [(code or "unknown", country_name(code)) for code in countries_of(account)]
    tracking = [(code or "not_asked", f"Tracking: {label}") for code, label in TRACKING.items()]
    chosen_segment = str(filters.segment.pk) if filters.segment else ""
    names = [(str(segment.pk), segment.name) for segment in segments]
    return [
        _select("country", "Country", [("", "Any country"), *countries], filters.country),
        _select("segment", "Segment", [("", "Any segment"), *names], chosen_segment),
        _select("tracking", "Tracking", [("", "Tracking: any"), *tracking], filters.tracking),
    ]


def _select(
    name: str, label: str, options: list[tuple[str, str]], chosen: str
) -> dict[str, object]:
    marked = [(value, text, value == chosen) for value, text in options]
    return {"name": name, "label": label, "options": marked}


def _facts(counts: dict[str, int], total: int, *, narrowed: bool) -> str:
    people = f"{total:,} people" if total != 1 else "1 person"
    never = sum(counts.get(code, 0) for code in NEVER)
    agreed, silent = counts.get("agreed", 0), counts.get("no_answer", 0)
    return (
        f"{people}{' match' if narrowed else ''}. {agreed:,} agreed, "
        f"{silent:,} asked without an answer, {never:,} must not be mailed."
    )


def _with(query: QueryDict, **changed: object) -> str:
    """The query string with some values changed; pages start anew."""
    copy = query.copy()
    for name in ("before", "after", *changed):
        copy.pop(name, None)
    for name, value in changed.items():
        if value:
            copy[name] = str(value)
    return f"?{copy.urlencode()}"


def _number(query: QueryDict, name: str) -> int:
    text = query.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def _as_text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
