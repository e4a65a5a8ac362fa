"""What went wrong with single people of a campaign, in words with the servers' own reply."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from campaigns.launching.progress import people
from campaigns.launching.showing.moments import moment
from campaigns.models import Campaign, Recipient

_TITLES = {"failed": "refused for good", "retry": "try again later"}
_LOOKS = {"failed": ("alert-circle", "red"), "retry": ("refresh", "amber")}
_KEPT = 120  # characters of a server's reply

# The commonest reply of each kind; the index of troubles makes this a look at few rows.
_GROUPED = """
SELECT trouble, count(*), min(trouble_at), max(trouble_at),
       mode() WITHIN GROUP (ORDER BY reply) FILTER (WHERE reply <> ''),
       count(DISTINCT reply) FILTER (WHERE reply <> '')
FROM recipient
WHERE account_id = %s AND campaign_id = %s AND trouble = ANY(%s)
GROUP BY trouble ORDER BY trouble
"""


@dataclass(frozen=True, slots=True)
class Trouble:
    """People of one kind of trouble: how many, since when, what the servers said most often."""

    kind: str
    count: int
    first: datetime | None
    last: datetime | None
    reply: str
    replies: int


def troubles_of(campaign: Campaign) -> list[Trouble]:
    """Refused for good, and tried again; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_GROUPED, [campaign.account_id, campaign.pk, list(_TITLES)])
        rows = cursor.fetchall()
    return [
        Trouble(kind, count, first, last, (reply or "")[:_KEPT], replies)
        for kind, count, first, last, reply, replies in rows
    ]


def trouble_line(trouble: Trouble, zone: str) -> dict[str, Any]:
    """A line of "What happened": "11 addresses refused for good", when, and the server's words."""
    icon, family = _LOOKS[trouble.kind]
    noun = "address" if trouble.count == 1 else "addresses"
    verb = "tries again later" if trouble.count == 1 else _TITLES["retry"]
    what = _TITLES["failed"] if trouble.kind == "failed" else verb
    since, until = moment(trouble.first, zone), moment(trouble.last, zone)
    when = since if since == until else f"{since} to {until.removeprefix('today ')}"
    return {
        "icon": icon,
        "family": family,
        "title": f"{trouble.count:,} {noun} {what}",
        "detail": f"{when}. {_said(trouble)}".strip(". ") + ".",
    }


def unknown_ids(campaign: Campaign, *, limit: int = 10_000) -> list[int]:
    """Contacts whose outcome is unknown."""
    rows = Recipient.objects.for_account(campaign.account_id).filter(
        campaign_id=campaign.pk, trouble="unknown"
    )
    return list(rows.order_by("contact_id").values_list("contact_id", flat=True)[:limit])


def settled_text(count: int, *, as_sent: bool) -> str:
    """What a member is told after settling all."""
    if as_sent:
        return f"{people(count)} counted as sent."
    return f"{people(count)} get{'s' if count == 1 else ''} the mail again."


def _said(trouble: Trouble) -> str:
    if not trouble.reply:
        return "The server gave no reason"
    if trouble.replies > 1:
        return f"The servers said most often “{trouble.reply}”"
    return f"The server said “{trouble.reply}”"
