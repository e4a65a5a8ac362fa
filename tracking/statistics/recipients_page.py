"""The context of the Recipients tab: what one query string shows."""

from typing import Any, Final
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from campaigns.launching.progress import Progress, progress_of
from campaigns.launching.showing.readable import readable
from campaigns.measuring.small_groups import hides_small_groups
from campaigns.models import Campaign, Link
from campaigns.recipients.reasons import NEVER_CODES, label
from campaigns.recipients.states import State
from marketing.queries import number_in
from tracking.measuring.small_groups import PERSONS_HIDDEN, line_of_group, without_persons
from tracking.statistics.counting import (
    MOST_COUNTED,
    count_of,
    erased_of,
    pills_of,
    reasons_of,
)
from tracking.statistics.filters import CLICKED, OPENED, Filters
from tracking.statistics.finding import found_by
from tracking.statistics.listing import recipients_page
from tracking.statistics.wording import (
    MACHINE_ONLY,
    NOT_MEASURED,
    PROXY_ONLY,
    UNSURE_ONLY,
    Line,
    line_of,
)

_MEANS: Final = {
    NOT_MEASURED: "Not measured: this person had not allowed tracking.",
    PROXY_ONLY: "Proxy only: loaded for the reader, which proves nothing about reading.",
    MACHINE_ONLY: "Machine only: a scanner or filter came, nobody is counted.",
    UNSURE_ONLY: "Not sure: a person or a machine, nobody is counted.",
}
_ANY: Final = (
    ("opened", "mail-opened", "Opened: any"),
    ("clicked", "pointer", "Clicked: any"),
    ("reason", "ban", "Reason: any"),
)


def recipients_of(campaign: Campaign, query: QueryDict, *, zone: str) -> dict[str, Any]:
    """Pills, reasons, filters, rows and pager; a fixed number of statements."""
    filters = Filters.of(query)
    hides = hides_small_groups(campaign.account_id)
    filters = without_persons(filters) if hides else filters
    progress = progress_of(campaign)
    found = found_by(campaign, filters)
    page = recipients_page(found, after=_number(query, "after"), before=_number(query, "before"))
    total = count_of(found, page, progress)
    lines = [line_of(row, zone=zone) for row in page.rows]
    return {
        "filters": filters,
        "pills": pills_of(progress, filters),
        "why": _why(campaign, filters, progress),
        "selects": [one for one in _selects(filters) if not hides or one["name"] == "reason"],
        "keep": [
            (name, value) for name, value in filters.given("q", "opened", "clicked", "reason")
        ],
        "lines": [line_of_group(line) for line in lines] if hides else lines,
        "narrowed": _narrowed(campaign, filters),
        "erased": _erased(campaign, filters),
        "range": _range(len(page.rows), total),
        "note": PERSONS_HIDDEN if hides else _note(campaign, filters, lines),
        "previous_url": _turned(filters, before=page.before),
        "next_url": _turned(filters, after=page.after),
        "list_url": reverse("tracking:recipients", args=[campaign.account_id, campaign.pk]),
    }


def _why(campaign: Campaign, filters: Filters, progress: Progress) -> dict[str, Any] | None:
    """Why people never got it, with the written sum; only beside the people it is about."""
    if filters.status != State.NEVER_SENT or not progress.never:
        return None
    reasons = reasons_of(campaign)
    total = sum(why.count for why in reasons)
    return {
        "reasons": [
            (why, Filters(status=State.NEVER_SENT, reason=why.code).url()) for why in reasons
        ],
        "most": max((why.count for why in reasons), default=1),
        "title": "Why 1 person never got it"
        if total == 1
        else f"Why {total:,} people never got it",
        "sum": " + ".join(f"{why.count:,}" for why in reasons) + f" = {total:,}",
    }


def _selects(filters: Filters) -> list[dict[str, Any]]:
    choices = {
        "opened": [(code, f"Opened: {name.lower()}") for code, (name, _) in OPENED.items()],
        "clicked": [(code, f"Clicked: {name.lower()}") for code, (name, _) in CLICKED.items()],
        "reason": [(code, label(code)) for code in NEVER_CODES],
    }
    return [
        {
            "name": name,
            "label": any_of.partition(":")[0],
            "icon": icon,
            "options": [
                (value, text, value == getattr(filters, name))
                for value, text in [("", any_of), *choices[name]]
            ],
        }
        for name, icon, any_of in _ANY
    ]


def _narrowed(campaign: Campaign, filters: Filters) -> str:
    """What is filtered without a field of its own."""
    if filters.left:
        return "People who had the mail and then left the newsletter by it."
    if filters.link:
        link = (
            Link.objects.for_account(campaign.account_id)
            .filter(campaign_id=campaign.pk, number=filters.link)
            .first()
        )
        return f"People who clicked “{readable(link.label) if link else filters.link}”."
    return ""


def _erased(campaign: Campaign, filters: Filters) -> str:
    """Why a number may be larger than its list: who had the record of them erased."""
    if filters.q or filters.status not in ("", State.SENT):
        return ""
    count = erased_of(campaign, filters)
    if not count:
        return ""
    who = "1 person" if count == 1 else f"{count:,} people"
    they = "They still count" if count > 1 else "That person still counts"
    return f"{who} had erased what was measured. {they} in the numbers, without a line here."


def _note(campaign: Campaign, filters: Filters, lines: list[Line]) -> str:
    """What needs a word below the rows: only what stands in them."""
    if filters.status == State.NEVER_SENT:
        return "They will never get this campaign. Only their own later act can change that."
    if not (campaign.track_opens or campaign.track_clicks):
        return "Tracking was off for this campaign."
    shown = {words for line in lines for words in (line.opened, line.clicked)}
    return " ".join(text for words, text in _MEANS.items() if words in shown)


def _range(shown: int, total: int | None) -> str:
    if total is None:
        return f"{shown:,} of many"
    if total > MOST_COUNTED and shown < total:
        counted = f"{total:,}" if total != MOST_COUNTED + 1 else f"more than {MOST_COUNTED:,}"
        return f"{shown:,} of {counted}"
    if shown < total:
        return f"{shown:,} of {total:,}"
    return "1 person" if total == 1 else f"{total:,} people"


def _turned(filters: Filters, **cursor: int) -> str:
    [(name, value)] = cursor.items()
    return f"?{urlencode([*filters.given(), (name, str(value))])}" if value else ""


def _number(query: QueryDict, name: str) -> int:
    return number_in(query.get(name, ""))
