"""Recipients as a file: the rows the tab shows under its filters, read by the same statement."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils import timezone

from campaigns.measuring.small_groups import HIDDEN, hides_small_groups
from campaigns.models import Campaign
from campaigns.recipients.reasons import label
from campaigns.recipients.states import LABELS, State
from marketing.exporting.running import begin, run
from marketing.exporting.writing import Column
from marketing.models import Export, Member
from marketing.tenancy import use_account
from tracking.measuring.small_groups import without_persons
from tracking.statistics.filters import CLICKED, OPENED, Filters
from tracking.statistics.finding import found_by
from tracking.statistics.listing import Row, recipients_page
from tracking.statistics.wording import (
    NOT_MEASURED,
    consent_of,
    detail_of,
    nobodys_clicks,
    nobodys_opens,
)

TASK: Final = "tracking.statistics.export"
BATCH: Final = 5_000

_NAMED: Final = (
    Column("email", "Address the mail goes to; empty once the person was erased"),
    Column("name", "Name of the contact today"),
    Column(
        "status",
        "Sent: the receiving server accepted the mail, it may still land in spam."
        " Queued: its turn comes. Pending consent: asked, no answer yet."
        " Never sent: the reason beside it forbids it. Has errors: refused for good or returned."
        " Outcome unknown: the line broke before the server answered."
        " Stopped: the campaign ended before their turn.",
    ),
    Column("reason", "Why the status is what it is"),
    Column("reason_at", "When that happened, or when the next try is"),
    Column("server_said", "Words of the receiving server"),
    Column("received", "When the receiving server accepted the mail"),
    Column(
        "opened",
        "Yes: a person loaded the picture of the mail."
        " Proxy only: Apple Mail, Gmail or Yahoo loaded it, which proves nothing about reading."
        " Machine only: a scanner or filter loaded it. Not sure: a person or a machine."
        " No: measured, nothing seen. Not measured: this person had not allowed tracking."
        " Empty: not sent",
    ),
    Column("opened_first", "When a person first loaded the picture"),
    Column("opens", "How many times a person loaded the picture"),
    Column(
        "clicked",
        "Yes: a person followed a link of the mail. Machine only: a scanner or filter did."
        " Not sure: a person or a machine."
        " No: measured, nothing seen. Not measured: this person had not allowed tracking."
        " Empty: not sent",
    ),
    Column("clicked_first", "When a person first followed a link"),
    Column("links", "How many different links the person followed"),
    Column("consent", "What the person last said about the newsletter, or why nothing was asked"),
)


def begin_export(
    by: Member, campaign: Campaign, filters: Filters, *, file_format: str = "csv"
) -> Export:
    """Note down an export of the people the tab shows; ring TASK after the commit."""
    return begin(
        by,
        title=f"Recipients of {campaign.name}",
        right="export_recipients",
        task=TASK,
        params={
            "campaign": campaign.pk,
            "name": campaign.name,
            "filters": asdict(filters),
            "format": file_format,
            "zone": by.account.time_zone,
        },
    )


def make_export(account_id: int, export_id: int) -> None:
    """Make the file; does nothing if that was done."""
    with use_account(account_id):
        wanted = Export.objects.for_account(account_id).filter(pk=export_id).first()
    if wanted is not None and wanted.is_running:
        run(account_id, export_id, columns=_columns(wanted.params), batches=_batches)


def _words_of(filters: Filters) -> str:
    """What is filtered, as the tab calls it."""
    given = [
        (filters.status, "Status", filters.status and LABELS[State(filters.status)]),
        (filters.reason, "Reason", filters.reason and label(filters.reason)),
        (filters.opened, "Opened", OPENED.get(filters.opened, ("",))[0]),
        (filters.clicked, "Clicked", CLICKED.get(filters.clicked, ("",))[0]),
        (filters.link, "Clicked link number", str(filters.link)),
        (filters.left, "Left the newsletter by it", "Yes"),
        (filters.q, "Search", f"“{filters.q}”"),
    ]
    return "; ".join(f"{name}: {said}" for value, name, said in given if value) or "none"


def _columns(params: dict[str, Any]) -> list[Column]:
    """The columns; the last one's definition says whose recipients, which of them, as of when."""
    now, zone = _time(timezone.now(), ZoneInfo(params["zone"])), params["zone"]
    scope = (
        f"Whose recipients these are: {params['name']}."
        f" Filters: {_words_of(Filters(**params['filters']))}."
        f" Read {now}; all times are of {zone}"
    )
    return [*_NAMED, Column("campaign", scope)]


def _batches(export: Export) -> Iterator[Sequence[Sequence[str]]]:
    """Rows by keyset, each batch in a transaction of its own; none if the campaign is gone."""
    params, after = export.params, 0
    filters, name = Filters(**params["filters"]), params["name"]
    while True:
        with use_account(export.account_id):
            mine = Campaign.objects.for_account(export.account_id)
            campaign = mine.filter(pk=params["campaign"]).first()
            if campaign is None:
                return
            hides = hides_small_groups(export.account_id)
            shown = without_persons(filters) if hides else filters
            page = recipients_page(found_by(campaign, shown), after=after, size=BATCH)
        rows = [_texts(row, params["zone"]) for row in page.rows]
        yield [[*(_hidden(row) if hides else row), name] for row in rows]
        after = page.after
        if not after:
            return


def _hidden(cells: list[str]) -> list[str]:
    """Without what this person opened and clicked."""
    at = [column.name for column in _NAMED].index("opened")
    return [*cells[:at], HIDDEN, "", "", HIDDEN, "", "", *cells[at + 6 :]]


def _texts(row: Row, zone_name: str) -> list[str]:
    zone = ZoneInfo(zone_name)
    reason, at = _reason(row, zone_name)
    return [
        row.address,
        row.name or ("" if row.address else row.title),
        row.state.label,
        reason,
        _time(at, zone),
        row.reply or (row.request_reply if row.state == State.FAILED else ""),
        _time(row.sent_at, zone),
        _opened(row),
        _time(row.opened_first_at, zone),
        str(row.opens),
        _clicked(row),
        _time(row.clicked_first_at, zone),
        str(row.links),
        consent_of(row, zone=zone_name),
    ]


def _reason(row: Row, zone_name: str) -> tuple[str, datetime | None]:
    """Reason and its date in cells of their own; the server's words have another."""
    match row.state:
        case State.NEVER_SENT:
            return label(row.reason), row.reason_at
        case State.PENDING_CONSENT:
            return "Asked" if row.asked_at else "Request not sent yet", row.asked_at
        case State.QUEUED:
            return ("Tries again", row.due_at) if row.trouble == "retry" else ("", None)
        case State.FAILED:
            return "Accepted, then returned" if row.sent_at else "Refused for good", row.trouble_at
    return detail_of(row, zone=zone_name), row.trouble_at


def _opened(row: Row) -> str:
    nobodys = "" if row.opens else nobodys_opens(row)
    return nobodys or _seen(row, seen=row.opens > 0, is_measured=row.is_measured_opens)


def _clicked(row: Row) -> str:
    nobodys = "" if row.links else nobodys_clicks(row)
    return nobodys or _seen(row, seen=row.links > 0, is_measured=row.is_measured_clicks)


def _seen(row: Row, *, seen: bool, is_measured: bool) -> str:
    """The four things the tab tells apart; "No" and "Not measured" are never mixed."""
    if seen:
        return "Yes"
    if row.state != State.SENT:
        return ""
    return "No" if is_measured else NOT_MEASURED


def _time(at: datetime | None, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else ""
