"""How many recipients a filter leaves: from counters wherever one knows, else by a bounded count.

The counters: states and reasons (chunks, with the states), opens and clicks (folding), who left
(the ledger's trigger). Tests compare each with the rows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import Sum

from campaigns.launching.progress import Progress
from campaigns.models import Campaign, CampaignTotals, Chunk, FirstTime
from campaigns.recipients.reasons import NEVER_CODES, label
from campaigns.recipients.states import LABELS, State
from consent.models import LeavingCount
from tracking.models import ErasedCount
from tracking.statistics.filters import Filters
from tracking.statistics.finding import PILLS, Found
from tracking.statistics.listing import Page

MOST_COUNTED: Final = 10_000  # counting stops here: "more than 10,000"
# Two filters at once have no counter: in a larger campaign few may match, and all would be read.
MOST_READ: Final = 100_000


@dataclass(frozen=True, slots=True)
class Why:
    """A reason with its number of people."""

    code: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Measured:
    """Sent with a pixel, sent with tracked links: sums over the mail chunks."""

    opens: int
    clicks: int


def count_of(found: Found, page: Page, progress: Progress) -> int | None:
    """How many recipients match, at most MOST_COUNTED + 1; None: too many to read for it.

    `page` is the page shown: when it holds everybody, nothing is counted.
    """
    filters = found.filters
    if filters.is_only_status:
        column = PILLS[State(filters.status)] if filters.status else "planned"
        return int(getattr(progress, column))
    if filters.is_only_reason:
        return sum(why.count for why in reasons_of(found.campaign) if why.code == filters.reason)
    if not page.before and not page.after:
        return len(page.rows)
    if (only := filters.only) == "link":
        return _pressed(found.campaign, filters.link)
    if only and (known := _KNOWN.get((only, getattr(filters, only)))):
        return known(found.campaign)
    is_large = progress.planned > MOST_READ and not found.is_sought
    return None if found.is_frequent or is_large else _counted(found)


def measured_of(campaign: Campaign) -> Measured:
    """How many mails of the campaign could be measured."""
    chunks = Chunk.objects.for_account(campaign.account_id)
    return Measured(
        **chunks.filter(campaign_id=campaign.pk, kind=Chunk.Kind.MAIL).aggregate(
            opens=Sum("measured_opens", default=0), clicks=Sum("measured_clicks", default=0)
        )
    )


def totals_of(campaign: Campaign) -> CampaignTotals:
    """People by what was folded; all 0 before anything was."""
    mine = CampaignTotals.objects.for_account(campaign.account_id).filter(campaign_id=campaign.pk)
    nothing = CampaignTotals(account_id=campaign.account_id, campaign_id=campaign.pk, **_ZEROS)
    return mine.first() or nothing


def left_of(campaign: Campaign) -> dict[str, int]:
    """People who left ("withdrew") and who complained by the campaign's mail."""
    mine = LeavingCount.objects.for_account(campaign.account_id).filter(campaign_id=campaign.pk)
    return dict(mine.values_list("event", "people"))


def erased_of(campaign: Campaign, filters: Filters) -> int:
    """People who still count in the number that this filter shows, their rows erased."""
    measure = _ERASED_AS.get((filters.opened, filters.clicked))
    if not measure and not filters.link:
        return 0
    counts = ErasedCount.objects.for_account(campaign.account_id).filter(campaign_id=campaign.pk)
    of_link = {"measure": "pressed", "number": filters.link, "judged_class": "person"}
    found = counts.filter(**(of_link if filters.link else {"measure": measure}))
    return int(found.aggregate(n=Sum("count", default=0))["n"])


def pills_of(progress: Progress, filters: Filters) -> list[dict[str, Any]]:
    """The status pills; Stopped only where somebody is. Other filters end with a press."""
    counts = [(state, getattr(progress, column)) for state, column in PILLS.items()]
    shown = [(state, LABELS[state], n) for state, n in counts if n or state != State.STOPPED]
    return [
        {
            "label": name,
            "count": count,
            "url": Filters(status=code).url(),
            "is_current": filters.status == code,
        }
        for code, name, count in [("", "All", progress.planned), *shown]
    ]


def reasons_of(campaign: Campaign) -> list[Why]:
    """Why people never got it, the most frequent first; from the counters of the chunks."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT e.key, sum(e.value::int)
               FROM chunk c, jsonb_each_text(c.never_reasons) e
               WHERE c.account_id = %s AND c.campaign_id = %s AND c.kind = 'mail' AND c.never > 0
               GROUP BY 1""",
            [campaign.account_id, campaign.pk],
        )
        found = [Why(code, label(code), count) for code, count in cursor.fetchall()]
    order = {code: place for place, code in enumerate(NEVER_CODES)}
    return sorted(found, key=lambda why: (-why.count, order.get(why.code, len(order))))


def _counted(found: Found) -> int:
    # In order, so that the count ends at its limit instead of behind all of them.
    ids = f"{found.ids()} ORDER BY contact_id LIMIT {MOST_COUNTED + 1}"
    statement = f"SELECT count(*) FROM ({ids}) n"
    with connection.cursor() as cursor:
        cursor.execute(statement, found.parameters)
        return int(cursor.fetchone()[0])


def _pressed(campaign: Campaign, number: int) -> int:
    """People who pressed one link, each counted once at their first time."""
    firsts = FirstTime.objects.for_account(campaign.account_id).filter(campaign_id=campaign.pk)
    people = firsts.filter(kind="click", number=number).aggregate(n=Sum("people", default=0))
    return int(people["n"])


def _nothing_opened(campaign: Campaign) -> int:
    totals = totals_of(campaign)
    opened = totals.viewers + totals.proxy_only - totals.opened_unsent
    return max(0, measured_of(campaign).opens - opened)


def _nothing_clicked(campaign: Campaign) -> int:
    totals = totals_of(campaign)
    return max(0, measured_of(campaign).clicks - totals.clickers + totals.clicked_unsent)


# The filters opened and clicked -> what an erased person was counted as.
_ERASED_AS: Final[Mapping[tuple[str, str], str]] = {
    ("person", ""): "viewers",
    ("proxy", ""): "proxy_only",
    ("unsure", ""): "unsure_only",
    ("machine", ""): "machine_only",
    ("", "person"): "clickers",
    ("", "unseen"): "clicked_unseen",
}
_ZEROS: Final = {
    field.name: 0
    for field in CampaignTotals._meta.concrete_fields
    if field.get_internal_type() == "IntegerField"
}
# The one filter of a URL and its value -> who knows the number.
_KNOWN: Final[Mapping[tuple[str, Any], Callable[[Campaign], int]]] = {
    ("opened", "person"): lambda campaign: totals_of(campaign).viewers,
    ("opened", "proxy"): lambda campaign: totals_of(campaign).proxy_only,
    ("opened", "unsure"): lambda campaign: totals_of(campaign).unsure_only,
    ("opened", "machine"): lambda campaign: totals_of(campaign).machine_only,
    ("opened", "none"): _nothing_opened,
    ("opened", "measured"): lambda campaign: measured_of(campaign).opens,
    ("clicked", "person"): lambda campaign: totals_of(campaign).clickers,
    ("clicked", "unseen"): lambda campaign: totals_of(campaign).clicked_unseen,
    ("clicked", "none"): _nothing_clicked,
    ("clicked", "measured"): lambda campaign: measured_of(campaign).clicks,
    ("left", 1): lambda campaign: left_of(campaign).get("withdrew", 0),
}
