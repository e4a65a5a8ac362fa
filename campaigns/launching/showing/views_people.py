"""The people behind the numbers of the review card, while a campaign is not launched yet."""

from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from campaigns.launching.progress import people as people_text
from campaigns.launching.review import Review, review
from campaigns.launching.showing.finding import campaign_of
from campaigns.launching.showing.foreseen import VERDICTS, Foreseen, Wanted, foreseen_page
from campaigns.launching.showing.moments import day
from campaigns.models import Campaign
from campaigns.recipients.reasons import label
from campaigns.recipients.states import State
from consent import gate
from consent.ledger.reading import campaign_names
from marketing.access import MemberRequest, member_view
from marketing.queries import number_in
from marketing.rules.countries import country_name

_PILLS: Final = (
    ("", "Everybody"),
    ("send", "Get the mail now"),
    ("ask", "Are asked first"),
    ("never", "Never sent"),
)
_BADGES: Final = {
    gate.SEND: (State.QUEUED, "Gets the mail"),
    gate.ASK: (State.PENDING_CONSENT, "Asked first"),
    gate.NEVER: (State.NEVER_SENT, "Never sent"),
}
_AFTER_LAUNCH: Final = {"ask": "pending_consent", "never": "never_sent"}


@require_safe
@member_view("see")
def people(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """Whom a number of the review card counts; a launched campaign has Recipients for that."""
    campaign, wanted = campaign_of(request, campaign_id), Wanted.of(request.GET)
    if campaign.state not in Campaign.EDITABLE:
        return redirect(_recipients(campaign, wanted))
    account = request.member.account
    found = foreseen_page(
        campaign, wanted, after=_number(request, "after"), before=_number(request, "before")
    )
    counted = review(campaign, account)
    names = campaign_names(account.pk, {one.reason_campaign_id or 0 for one in found.people})
    page = {
        "campaign": campaign,
        "wanted": wanted,
        "pills": _pills(counted, wanted),
        "why": _why(counted, wanted),
        "narrowed": _narrowed(wanted, counted),
        "lines": [_line(one, names, zone=account.time_zone) for one in found.people],
        "range": _range(len(found.people), _total(counted, wanted)),
        "previous_url": _turned(wanted, "before", found.before),
        "next_url": _turned(wanted, "after", found.after),
        "list_url": request.path,
    }
    return render(request, "campaigns/people.html", page)


def _recipients(campaign: Campaign, wanted: Wanted) -> str:
    query = {"status": _AFTER_LAUNCH.get(wanted.verdict, "")}
    if wanted.verdict == "never":
        query["reason"] = wanted.reason
    url = reverse("tracking:recipients", args=[campaign.account_id, campaign.pk])
    return f"{url}?{urlencode({name: value for name, value in query.items() if value})}"


def _pills(counted: Review, wanted: Wanted) -> list[dict[str, Any]]:
    counts = {"": counted.total} | {code: getattr(counted, code) for code in VERDICTS}
    return [
        {
            "label": words,
            "count": counts[code],
            "url": Wanted(verdict=code).url(),
            "is_current": code == wanted.verdict,
        }
        for code, words in _PILLS
    ]


def _why(counted: Review, wanted: Wanted) -> dict[str, Any] | None:
    """The reasons of Never sent with the written sum, as on the Recipients tab."""
    if wanted.verdict != "never" or not counted.reasons:
        return None
    terms = " + ".join(f"{reason.count:,}" for reason in counted.reasons)
    return {
        "title": f"Why {people_text(counted.never)} will not get it",
        "sum": f"{terms} = {counted.never:,}",
        "most": max(reason.count for reason in counted.reasons),
        "reasons": [
            (reason, Wanted(verdict="never", reason=reason.code).url())
            for reason in counted.reasons
        ],
    }


def _narrowed(wanted: Wanted, counted: Review) -> str:
    """What is asked for without a pill of its own."""
    if wanted.strict:
        return f"People without a country, treated as strictly as {counted.strict_as}."
    if wanted.doubtful:
        places = ", ".join(place for place, _ in counted.doubtful)
        return f"Even asking is doubtful for them: {places}."
    if wanted.reason and wanted.verdict != "never":
        imported = {"imported": ", imported with proof", "here": " here"}.get(wanted.proof, "")
        return f"{label(wanted.reason)}{imported}."
    return ""


def _total(counted: Review, wanted: Wanted) -> int:
    """How many the review card counted of these; the page is read from the same relation."""
    if wanted.strict:
        return counted.strict
    if wanted.doubtful:
        return counted.doubtful_total
    if wanted.verdict == "never" and wanted.reason:
        return sum(one.count for one in counted.reasons if one.code == wanted.reason)
    if wanted.reason:
        return sum(one.count for one in counted.bases if one.is_of(wanted.reason, wanted.proof))
    return int(getattr(counted, wanted.verdict)) if wanted.verdict else counted.total


def _line(one: Foreseen, names: dict[int, str], *, zone: str) -> dict[str, Any]:
    state, words = _BADGES[one.verdict]
    by = names.get(one.reason_campaign_id or 0, "")
    return {
        "contact": one.contact,
        "state": state,
        "state_label": words,
        "why": label(one.reason),
        "since": ", ".join(part for part in (day(one.reason_at, zone), by) if part),
        "country": country_name(one.contact.country) if one.contact.country else "Not known",
    }


def _range(shown: int, total: int) -> str:
    return people_text(total) if shown >= total else f"{shown:,} of {people_text(total)}"


def _turned(wanted: Wanted, name: str, cursor: int) -> str:
    return f"?{urlencode([*wanted.given(), (name, str(cursor))])}" if cursor else ""


def _number(request: MemberRequest, name: str) -> int:
    return number_in(request.GET.get(name, ""))
