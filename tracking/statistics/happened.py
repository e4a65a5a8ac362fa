"""What happened to one recipient, newest first: mail, opens, clicks, and the consent ledger."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.urls import reverse

from campaigns.launching.showing.moments import moment
from campaigns.models import Campaign
from campaigns.recipients.reasons import label
from consent.ledger.reading import Line as RecordLine
from consent.ledger.reading import history
from tracking.statistics.listing import Row

WHO: Final = {
    "person": "by a person",
    "proxy": "by a privacy proxy, which proves nothing about reading",
    "machine": "by a machine, not counted",
    "unknown": "not sure by whom, not counted",
    "": "not judged yet",
}
# Event of the ledger -> icon, colour family, title by purpose.
_RECORDS: Final = {
    "asked": ("mail", "amber", "Consent request sent", "Asked about tracking"),
    "agreed": ("circle-check", "green", "Agreed to the newsletter", "Agreed to tracking"),
    "refused": ("x", "slate", "Refused the newsletter", "Did not agree to tracking"),
    "withdrew": ("user-minus", "slate", "Left the newsletter", "Stopped tracking"),
    "imported": ("file-import", "grey", "Imported", "Imported"),
    "expired": ("clock-off", "slate", "Consent expired", "Consent to tracking expired"),
    "complained": ("flag", "red", "Complained", "Complained"),
    "bounced": ("alert-circle", "red", "Address bounced", "Address bounced"),
    "blocked": ("ban", "slate", "Blocked", "Blocked"),
    "unblocked": ("rotate", "grey", "Unblocked", "Unblocked"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One line of `components/timeline.html`."""

    at: datetime
    icon: str
    family: str
    title: str
    detail: str
    url: str = ""


def happened_to(
    campaign: Campaign, row: Row, *, zone: str, with_requests: bool = True
) -> list[Item]:
    """All of it, newest first; five statements whatever the person did."""
    items = [
        *_delivery(row, zone),
        *(_requests(campaign, row, zone) if with_requests else ()),
        *(_record(campaign, line, zone) for line in history(campaign.account_id, row.address_hash)),
    ]
    return sorted(items, key=lambda item: item.at, reverse=True)


def _delivery(row: Row, zone: str) -> list[Item]:
    said = f" The server said: “{row.reply}”" if row.reply else ""
    items = [Item(row.prepared_at, "users", "grey", "Looked at for this campaign",
                  f"{moment(row.prepared_at, zone)}. {label(row.verdict_reason)}.")]  # fmt: skip
    if row.sent_at:
        title = "Counted as sent by a member" if row.settled_by_id else "Newsletter sent"
        detail = f"{moment(row.sent_at, zone)}.{said}"
        items.append(Item(row.sent_at, "check", "green", title, detail))
    if row.trouble_at and row.trouble in ("failed", "unknown", "retry"):
        icon, family, title = {
            "failed": ("alert-circle", "red", "Refused for good"),
            "unknown": ("help-circle", "violet", "The line broke before the server answered"),
            "retry": ("clock", "blue", "Not accepted yet, tried again later"),
        }[row.trouble]
        items.append(
            Item(row.trouble_at, icon, family, title, f"{moment(row.trouble_at, zone)}.{said}")
        )
    if row.state == "never_sent" and row.reason != row.verdict_reason and row.reason_at:
        detail = f"{moment(row.reason_at, zone)}. {label(row.reason)}."
        items.append(Item(row.reason_at, "ban", "slate", "Taken off this campaign", detail))
    return items


def _requests(campaign: Campaign, row: Row, zone: str) -> list[Item]:
    """Requests for pixel and links by kind, link and class: each at its first time."""
    found = _rows(
        """SELECT e.kind, e.number, e.judged_class, min(e.at), count(*), k.label
           FROM tracking_event e LEFT JOIN link k ON k.account_id = e.account_id
               AND k.campaign_id = e.campaign_id AND k.number = e.number
           WHERE e.account_id = %(account)s AND e.campaign_id = %(campaign)s
             AND e.contact_id = %(contact)s
           GROUP BY 1, 2, 3, 6 ORDER BY 4""",
        campaign,
        row.contact_id,
    )
    return [_request(*values, zone=zone) for values in found]


def _request(  # noqa: PLR0913 - the six columns of one row
    kind: str, number: int, judged: str, at: datetime, count: int, link: str | None, *, zone: str
) -> Item:
    machine = judged in ("machine", "proxy")
    family = "grey" if judged != "person" else "blue"
    detail = f"{moment(at, zone)}, {WHO.get(judged, judged)}."
    if kind == "open":
        icon = "robot" if machine else "mail-opened"
        title = "Picture loaded" if judged != "person" else "Opened"
        more = f" {'Opened' if judged == 'person' else 'Loaded'} {count} times in all."
        return Item(at, icon, family, title, detail + (more if count > 1 else ""))
    icon = "robot" if machine else "pointer"
    title = f"{'Clicked' if judged == 'person' else 'Fetched'} “{link or f'link {number}'}”"
    return Item(at, icon, family, title, detail + (f" {count} times in all." if count > 1 else ""))


def _record(campaign: Campaign, line: RecordLine, zone: str) -> Item:
    known = _RECORDS.get(line.event, ("history", "grey", line.event_label, line.event_label))
    icon, family, newsletter, tracking = known
    details = [moment(line.at, zone), line.where_from, line.text_shown.replace("–", "")]
    return Item(
        at=line.at,
        icon=icon,
        family=family,
        title=tracking if line.purpose == "tracking" else newsletter,
        detail=", ".join(detail for detail in details if detail),
        url=reverse("consent:record", args=[campaign.account_id, line.seq]),
    )


def _rows(statement: str, campaign: Campaign, contact_id: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {"account": campaign.account_id, "campaign": campaign.pk, "contact": contact_id},
        )
        return list(cursor.fetchall())
