"""What the page Suppression shows: pills, filters, rows with what may be done, pager."""

from datetime import timedelta
from typing import Any, Final

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from consent.ledger.showing import DATES
from consent.ledger.times import short_time
from consent.suppressed.changing import LIFTABLE
from consent.suppressed.models import SuppressionImport
from consent.suppressed.reading import PER_PAGE, Filters, Line, Reason, counts_of, page_of
from marketing.models import Account

_FIELDS: Final = ("reason", "days", "q")


def suppression_list(account: Account, query: QueryDict, *, may_edit: bool) -> dict[str, Any]:
    """The context of the list for one query string."""
    filters = filters_of(query)
    counts = counts_of(account)
    page = page_of(account, filters, before=query.get("before", ""), after=query.get("after", ""))
    total = sum(counts.values())
    return {
        "lines": [_shown(account, line, may_edit=may_edit) for line in page.lines],
        "pills": _pills(query, filters, counts),
        "selects": [_dates(query.get("days", ""))],
        "export_fields": [("query", _with(query)[1:])],
        "q": filters.q,
        "keep": [("reason", filters.reason)],
        "any_filter": filters.any_set,
        "is_empty": not total and not filters.any_set,
        "previous_url": _with(query, after=page.newer) if page.newer else "",
        "next_url": _with(query, before=page.older) if page.older else "",
        "range": _range(filters, counts, len(page.lines)),
        "list_url": reverse("consent:suppression", args=[account.pk]),
        "importing": SuppressionImport.objects.for_account(account)
        .filter(state=SuppressionImport.State.RUNNING)
        .defer("content")
        .first(),
    }


def filters_of(query: QueryDict) -> Filters:
    """What a query string asks for; unknown values ask for nothing."""
    days, reason = query.get("days", ""), query.get("reason", "")
    is_known = days in {value for value, _ in DATES if value}
    return Filters(
        reason=reason if reason in Reason.values else "",
        q=query.get("q", "").replace("\0", "").strip()[:200],
        since=timezone.now() - timedelta(days=int(days)) if is_known else None,
    )


def _shown(account: Account, line: Line, *, may_edit: bool) -> tuple[Line, str, list[Any]]:
    actions = []
    if line.record:
        url = reverse("consent:record", args=[account.pk, line.record])
        actions.append({"label": "See the evidence", "url": url, "icon": "certificate"})
    if may_edit and line.reason in LIFTABLE:
        url = lift_url(account.pk, line.id, record=line.record)
        actions.append({"label": "Lift", "url": url, "icon": "rotate"})
    return line, short_time(line.at, account.time_zone), actions


def lift_url(account_id: int, suppression_id: int, *, record: int | None) -> str:
    """The page that lifts it; by the number of its record it still knows, later, what it was."""
    url = reverse("consent:suppression_lift", args=[account_id, suppression_id])
    return f"{url}?record={record}" if record else url


def _range(filters: Filters, counts: dict[str, int], shown: int) -> str:
    """Counters know the reasons; a search or a date is not counted, only shown."""
    if filters.q or filters.since:
        more = " on this page" if shown == PER_PAGE else ""
        return f"{_entries(shown)}{more}"
    of = counts.get(filters.reason, 0) if filters.reason else sum(counts.values())
    return f"{shown:,} of {_entries(of)}" if of > PER_PAGE else _entries(of)


def _entries(count: int) -> str:
    """What is counted: one address and one reason each."""
    return f"{count:,} entr{'y' if count == 1 else 'ies'}"


def _pills(query: QueryDict, filters: Filters, counts: dict[str, int]) -> list[dict[str, Any]]:
    is_counted = not (filters.q or filters.since)
    shown = [("", "All", sum(counts.values()))]
    shown += [(reason.value, str(reason.label), counts.get(reason.value, 0)) for reason in Reason]
    return [
        {
            "label": label,
            "count": count if is_counted else None,
            "url": _with(query, reason=code),
            "is_current": filters.reason == code,
        }
        for code, label, count in shown
    ]


def _dates(days: str) -> dict[str, Any]:
    options = [(code, label, code == days) for code, label in DATES]
    return {"name": "days", "label": "Date", "icon": "calendar", "options": options}


def _with(query: QueryDict, **changed: str) -> str:
    """The query string with changes; another filter or page starts from the newest."""
    fields = {name: query.get(name, "") for name in _FIELDS} | changed
    params = QueryDict(mutable=True)
    params.update({name: value for name, value in fields.items() if value})
    return f"?{params.urlencode()}"
