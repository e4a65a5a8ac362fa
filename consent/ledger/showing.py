"""What the list Obtained consents shows: pills, filters, pager, and the state of the chain."""

from datetime import UTC, timedelta
from typing import Any, Final

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from consent.forms.versions import forms_to_choose
from consent.ledger import chain
from consent.ledger.reading import (
    NO_RECORDS,
    PER_PAGE,
    Filters,
    event_counts,
    looked_up,
    records_page,
)
from consent.ledger.times import short_time
from consent.models import ChainCheck, ConsentRecord
from marketing.models import Account
from marketing.queries import number_in

Event = ConsentRecord.Event
DATES: Final = (
    ("", "Any date"),
    ("7", "Last 7 days"),
    ("30", "Last 30 days"),
    ("365", "Last year"),
)
_ALWAYS: Final = (
    Event.AGREED,
    Event.REFUSED,
    Event.ASKED,
    Event.WITHDREW,
    Event.IMPORTED,
    Event.EXPIRED,
    Event.COMPLAINED,
)


def consents_list(account: Account, query: QueryDict) -> dict[str, Any]:
    """The context of the list for one query string."""
    filters = looked_up(account, filters_of(query))
    counts = event_counts(account, filters)
    total = sum(counts.values())
    shown = counts.get(filters.event, 0) if filters.event in Event.values else total
    # Where nothing is to be found millions would be read to find it.
    before, after = _number(query, "before"), _number(query, "after")
    page = records_page(account, filters, before=before, after=after) if shown else NO_RECORDS
    return {
        "lines": [(line, short_time(line.at, account.time_zone)) for line in page.lines],
        "pills": _pills(query, filters, counts),
        "selects": _selects(account, filters, query.get("days", "")),
        "export_fields": [("query", _with(query)[1:])],
        "q": filters.q,
        "keep": [("event", filters.event)],
        "any_filter": filters.any_set,
        "is_empty": not total and not filters.any_set,
        "previous_url": _with(query, after=page.after) if page.after else "",
        "next_url": _with(query, before=page.before) if page.before else "",
        "range": f"{len(page.lines):,} of {shown:,}" if shown > PER_PAGE else f"{shown:,} records",
        "list_url": reverse("consent:consents", args=[account.pk]),
    } | chain_state(account)


def filters_of(query: QueryDict) -> Filters:
    """What a query string asks for; unknown values ask for nothing."""
    days = query.get("days", "")
    is_known = days in {value for value, _ in DATES if value}
    today = timezone.now().astimezone(UTC).date()
    return Filters(
        event=query.get("event", ""),
        purpose=query.get("purpose", ""),
        form_id=_number(query, "form") or None,
        q=query.get("q", "").replace("\0", "").strip()[:200],
        since=today - timedelta(days=int(days)) if is_known else None,
    )


def chain_state(account: Account) -> dict[str, Any]:
    """The last look at the chain: `chain_check`, and when it was."""
    check: ChainCheck | None = chain.latest_check(account.pk)
    when = short_time(check.checked_at, account.time_zone).lower() if check else ""
    return {"chain_check": check, "checked_when": when}


def _pills(query: QueryDict, filters: Filters, counts: dict[str, int]) -> list[dict[str, Any]]:
    events = [*_ALWAYS, *(event for event in Event if event not in _ALWAYS and counts.get(event))]
    shown = [("", "All", sum(counts.values()))]
    shown += [(event.value, str(event.label), counts.get(event.value, 0)) for event in events]
    return [
        {
            "label": label,
            "count": count,
            "url": _with(query, event=code),
            "is_current": filters.event == code,
        }
        for code, label, count in shown
    ]


def _selects(account: Account, filters: Filters, days: str) -> list[dict[str, Any]]:
    purposes = [("", "Any purpose"), *ConsentRecord.Purpose.choices]
    forms = [("", "Any form"), *((str(f.pk), f.name) for f in forms_to_choose(account))]
    chosen = str(filters.form_id or "")
    return [
        {
            "name": "purpose",
            "label": "Purpose",
            "icon": "target",
            "options": [(code, label, code == filters.purpose) for code, label in purposes],
        },
        {
            "name": "form",
            "label": "Form",
            "icon": "checkbox",
            "options": [(code, label, code == chosen) for code, label in forms],
        },
        {
            "name": "days",
            "label": "Date",
            "icon": "calendar",
            "options": [(code, label, code == days) for code, label in DATES],
        },
    ]


def _with(query: QueryDict, **changed: Any) -> str:
    """The query string with changes; another filter or page starts from the newest."""
    kept = {name: query.get(name, "") for name in ("event", "purpose", "form", "days", "q")}
    fields = kept | {name: str(value) for name, value in changed.items()}
    params = QueryDict(mutable=True)
    params.update({name: value for name, value in fields.items() if value})
    return f"?{params.urlencode()}"


def _number(query: QueryDict, name: str) -> int:
    return number_in(query.get(name, ""))
