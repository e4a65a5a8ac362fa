"""What the contacts pages show: pills, filters, pager and facts, ready for the components."""

from collections.abc import Sequence
from typing import Any, Final

from django.http import QueryDict
from django.urls import reverse

from marketing.accounts.models import Account
from marketing.audience.models import Contact, Segment, Standing, Suppression
from marketing.audience.showing.counting import Kind, by_consent, kinds_of
from marketing.audience.showing.filters import (
    CONSENTS,
    TRACKING,
    Filters,
    read_filters,
    segments_of,
)
from marketing.audience.showing.last_mail import with_last_mail
from marketing.audience.showing.listing import consent_counts, contacts_page, narrowed
from marketing.queries import number_in
from marketing.rules.countries import country_name

NEVER: Final = ("refused", "unsubscribed", "withdrew", "bounced", "blocked")
_PAGING: Final = ("before", "after", "all")


def contacts_list(account: Account, query: QueryDict) -> dict[str, Any]:
    """The context of the contacts list for one query string."""
    segments = segments_of(account)
    filters = read_filters(query, segments)
    kinds = kinds_of(account)
    found = narrowed(account, filters)
    counts = consent_counts(filters, found, kinds)
    page = contacts_page(found, before=_number(query, "before"), after=_number(query, "after"))
    total = _shown(filters, counts)
    return {
        "rows": with_last_mail(account, page.rows),
        "pills": _pills(query, filters, counts),
        "selects": _selects(filters, segments, kinds),
        "q": filters.q,
        "keep": [("consent", filters.consent)],
        "facts": _facts(by_consent(kinds)),
        "any_filter": filters.any_set,
        "is_empty": not kinds and not filters.any_set,
        "fixed_segments": [s for s in segments if s.kind == Segment.Kind.FIXED],
        "is_all": query.get("all") == "1",
        "all_url": _with(query, all=1),
        "clear_url": _with(query),
        "total": total,
        "query": _with(query)[1:],
        "is_barred": filters.consent in ("blocked", "bounced"),
        "previous_url": _with(query, after=page.after) if page.after else "",
        "next_url": _with(query, before=page.before) if page.before else "",
        "range": _range(len(page.rows), total),
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


def _shown(filters: Filters, counts: dict[str, int] | None) -> int | None:
    """How many people the filters leave; None if they were too many to count."""
    if counts is None:
        return None
    return counts.get(filters.consent, 0) if filters.consent else sum(counts.values())


def _range(on_page: int, total: int | None) -> str:
    if total is None:
        return f"{on_page:,} of many"
    if total > on_page:
        return f"{on_page:,} of {total:,}"
    return "1 person" if total == 1 else f"{total:,} people"


def _pills(
    query: QueryDict, filters: Filters, counts: dict[str, int] | None
) -> list[dict[str, Any]]:
    every = {
        "label": "All",
        "count": None if counts is None else sum(counts.values()),
        "url": _with(query, consent=""),
        "is_current": not filters.consent,
    }
    pills = [every]
    for code, label in CONSENTS.items():
        is_current = filters.consent == code
        if counts is None or counts.get(code) or is_current:
            url = _with(query, consent=code)
            count = None if counts is None else counts.get(code, 0)
            pills.append({"label": label, "count": count, "url": url, "is_current": is_current})
    return pills


def _selects(
    filters: Filters, segments: Sequence[Segment], kinds: Sequence[Kind]
) -> list[dict[str, object]]:
    codes = sorted({kind.country for kind in kinds}, key=country_name)
    countries = [(code or "unknown", country_name(code)) for code in codes]
    tracking = [(code or "not_asked", f"Tracking: {label}") for code, label in TRACKING.items()]
    chosen_segment = str(filters.segment.pk) if filters.segment else ""
    names = [(str(segment.pk), segment.name) for segment in segments]
    return [
        _select("country", "world", [("", "Any country"), *countries], filters.country),
        _select("segment", "filter", [("", "Any segment"), *names], chosen_segment),
        _select("tracking", "eye-check", [("", "Tracking: any"), *tracking], filters.tracking),
    ]


def _select(name: str, icon: str, options: list[tuple[str, str]], chosen: str) -> dict[str, object]:
    marked = [(value, text, value == chosen) for value, text in options]
    return {"name": name, "label": name.capitalize(), "options": marked, "icon": icon}


def _facts(counts: dict[str, int]) -> str:
    """The sums of the whole account: they add up, and no campaign is needed to know them."""
    total = sum(counts.values())
    if not total:
        return "Nobody yet."
    people = f"{total:,} people" if total != 1 else "1 person"
    never = sum(counts.get(code, 0) for code in NEVER)
    undecided = counts.get("not_asked", 0) + counts.get("customer", 0)
    return (
        f"{people}. {counts.get('agreed', 0):,} agreed, {undecided:,} not asked yet, "
        f"{counts.get('no_answer', 0):,} asked without an answer, {never:,} must not be mailed."
    )


def _with(query: QueryDict, **changed: object) -> str:
    """The query string with some values changed; pages start anew."""
    copy = query.copy()
    for name in (*_PAGING, *changed):
        copy.pop(name, None)
    for name, value in changed.items():
        if value:
            copy[name] = str(value)
    return f"?{copy.urlencode()}"


def _number(query: QueryDict, name: str) -> int:
    return number_in(query.get(name, ""))


def _as_text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
