"""One recipient's page: badges, why, what happened, and what may be done about it."""

from dataclasses import dataclass

from django.urls import reverse

from campaigns.launching.showing.moments import moment
from campaigns.measuring.small_groups import hides_small_groups
from campaigns.models import Campaign
from campaigns.recipients.reasons import REASONS, label
from campaigns.recipients.states import LABELS, State
from consent.ledger.reading import campaign_names
from marketing.accounts.initials import initials_of
from marketing.models import Account, Standing
from marketing.rules.countries import country_name
from tracking.statistics.happened import Item, happened_to
from tracking.statistics.listing import Row
from tracking.statistics.wording import dated_reason, detail_of

LINE_BROKE = "The line broke before the server answered. We do not send again by ourselves."
_TRACKING = {"yes": "agreed", "no": "no", "": "not asked"}


@dataclass(frozen=True, slots=True)
class Badge:
    """A state with its words."""

    state: str
    label: str


@dataclass(frozen=True, slots=True)
class Why:
    """The row of the gate's table that decided, in words, with its evidence."""

    sentence: str
    evidence: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Person:
    """What the drawer shows."""

    title: str
    second: str
    initials: str
    badges: tuple[Badge, ...]
    why: Why
    items: tuple[Item, ...]
    unsettled: str
    evidence_url: str
    contact_url: str


def person_of(campaign: Campaign, row: Row, *, account: Account) -> Person:
    """Everything about one recipient; a fixed number of statements."""
    zone = account.time_zone
    hides = hides_small_groups(account.pk)
    items = happened_to(campaign, row, zone=zone, with_requests=not hides)
    country = country_name(row.country) if row.country else ""
    return Person(
        title=row.title,
        second=" · ".join(part for part in (row.address if row.name else "", country) if part),
        initials=initials_of(row.title),
        badges=_badges(row),
        why=_why(campaign, row, zone),
        items=tuple(items),
        unsettled=LINE_BROKE if row.state == State.UNKNOWN else "",
        evidence_url=next((item.url for item in items if item.url), ""),
        contact_url=reverse("marketing:contact", args=[account.pk, row.contact_id])
        if row.is_known
        else "",
    )


def _badges(row: Row) -> tuple[Badge, ...]:
    asked = "No answer" if row.asked_at else "Not asked yet"
    said = str(Standing.Newsletter(row.newsletter).label) if row.newsletter else asked
    chose = _TRACKING[row.tracking]
    newsletter = row.newsletter or ("no_answer" if row.asked_at else "not_asked")
    return (
        Badge(row.state, LABELS[row.state]),
        Badge(newsletter, f"Newsletter: {said.lower()}"),
        Badge(row.tracking or "not_asked", f"Tracking: {chose}"),
    )


def _rule(code: str) -> str:
    reason = REASONS.get(code)
    if reason is None or not reason.row:
        return label(code)
    return f"Rule {reason.row} of 7: {reason.label}"


def _why(campaign: Campaign, row: Row, zone: str) -> Why:
    is_gate = row.state != State.NEVER_SENT or row.reason == row.verdict_reason
    reason = REASONS.get(row.reason)
    evidence = [("Decided by", _rule(row.reason))]
    if not is_gate:
        evidence.append(("When prepared", label(row.verdict_reason)))
    if row.reason_at:
        evidence.append(("Evidence", dated_reason(row.reason, row.reason_at, zone=zone)))
    names = campaign_names(campaign.account_id, {row.reason_campaign_id or campaign.pk})
    if row.reason_campaign_id:
        evidence.append(("Asked by", names.get(row.reason_campaign_id, "A deleted campaign")))
    if row.wait_until and row.state == State.PENDING_CONSENT:
        evidence.append(("Waits until", moment(row.wait_until, zone)))
    if row.is_strict:
        evidence.append(("Country", "None known: treated by the strictest rule"))
    if row.state in (State.FAILED, State.QUEUED, State.UNKNOWN) and detail_of(row, zone=zone):
        evidence.append(("Delivery", detail_of(row, zone=zone)))
    if row.request_reply and row.request_state == "not_delivered":
        evidence.append(("Consent request", f"Not delivered: “{row.request_reply}”"))
    return Why(reason.sentence if reason else label(row.reason), tuple(evidence))
