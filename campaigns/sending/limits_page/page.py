"""What Settings > Sending limits shows: the way out, today's numbers, limits and plans."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from campaigns.sending.limits_page.forms import LimitForm, WarmUpForm
from campaigns.sending.limits_page.wording import amount_words, plan_words, subject_words
from campaigns.sending.rates import adapting, days
from campaigns.sending.rates.limits import Limits, read_limits
from campaigns.sending.rates.models import DAY, Scope, SendingLimit, WarmUp
from campaigns.sending.rates.storing import StoreAway
from campaigns.sending.rates.warming import Plan
from campaigns.sending.relays.models import OwnRelay
from campaigns.sending.relays.outlets import outlet_of
from marketing.access import may
from marketing.accounts.settings_tabs import settings_tabs
from marketing.models import Member

TAB = "Sending limits"


@dataclass(frozen=True, slots=True)
class Today:
    """A number of this day: what was taken of it."""

    name: str
    taken: int
    most: int

    @property
    def left(self) -> int:
        """What may still leave today; a tenth of `most` is kept for consent requests."""
        return max(0, self.most - self.taken)


@dataclass(frozen=True, slots=True)
class Row:
    """A limit or plan with its menu."""

    name: str
    words: str
    detail: str
    actions: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class SlowedRow:
    """A receiving group that is held back."""

    group: str
    until: datetime
    why: str


def sending_page(
    member: Member, *, limit_form: LimitForm | None = None, warm_up_form: WarmUpForm | None = None
) -> dict[str, Any]:
    """Context of the page; a form that was refused is shown as it was sent."""
    account = member.account
    limits = read_limits(account.pk)
    day = limits.today()
    return {
        "tabs": settings_tabs(account.pk, TAB),
        "may_save": may(member, "edit_settings"),
        "own": OwnRelay.objects.for_account(account).first(),
        "today": today_of(limits, day),
        "limits": _limits(account.pk, limits),
        "plans": _plans(account.pk, day),
        "slowed": slowed_of(account.pk),
        "limit_form": limit_form or LimitForm(account=account),
        "warm_up_form": warm_up_form or WarmUpForm(account=account),
    }


def today_of(limits: Limits, day: date) -> list[Today]:
    """Numbers of the account and of plans, and of every sender that has sent something today."""
    taken = days.taken_on(limits.account_id, day)
    senders = {name for scope, name in taken if scope == Scope.SENDER}
    wanted: dict[days.Number, int] = {}
    for sender in senders | {f"x@{domain}" for domain in limits.plans} | {""}:
        wanted |= limits.day_limits(sender, day=day)
    shown = {number: most for number, most in wanted.items() if _is_shown(number, senders)}
    return [
        Today(name or "The whole account", taken.get((scope, name), 0), most)
        for (scope, name), most in sorted(shown.items())
    ]


def _is_shown(number: days.Number, senders: set[str]) -> bool:
    scope, name = number
    return scope != Scope.SENDER or name in senders


def _limits(account_id: int, limits: Limits) -> list[Row]:
    ours = [
        Row(
            subject_words(limit.scope, limit.name),
            amount_words(limit.mails, limit.seconds),
            "Set by the operator",
            [],
        )
        for limit in limits.limits
        if limit.is_ours
    ]
    if limits.starting:
        low = limits.starting
        words = f"New account: half as many more after each clean day, until {low.target:,} a day"
        whole = subject_words(Scope.ACCOUNT, "")
        ours.append(Row(whole, amount_words(low.first_day, DAY), words, []))
    rows = SendingLimit.objects.for_account(account_id).order_by("scope", "name", "seconds")
    return ours + [
        Row(
            subject_words(row.scope, row.name),
            amount_words(row.mails, row.seconds),
            "" if row.seconds != DAY else "A tenth is kept for consent requests",
            _remove("campaigns:limit_remove", account_id, row.pk),
        )
        for row in rows
    ]


def _plans(account_id: int, day: date) -> list[Row]:
    return [
        Row(
            plan.domain,
            plan_words(plan),
            _stands(Plan(plan.starts_on, plan.first_day, plan.growth, plan.target), day),
            _remove("campaigns:warm_up_remove", account_id, plan.pk),
        )
        for plan in WarmUp.objects.for_account(account_id).order_by("domain")
    ]


def _stands(plan: Plan, day: date) -> str:
    number = plan.number_on(day)
    if number is None:
        return "Done: nothing is limited any more"
    ends = plan.ends_on()
    return f"Today {number:,}, without a limit from {ends.day} {ends:%b %Y}"


def slowed_of(account_id: int) -> list[SlowedRow]:
    """Receiving groups that are held back on the account's way out; none while Redis is away."""
    try:
        found = adapting.slowed(outlet_of(account_id).key)
    except StoreAway:
        return []
    return [
        SlowedRow(group, datetime.fromtimestamp(state.until).astimezone(), state.why)
        for group, state in sorted(found.items())
    ]


def _remove(name: str, account_id: int, row_id: int) -> list[dict[str, Any]]:
    url = reverse(name, args=[account_id, row_id])
    return [{"label": "Remove", "url": url, "icon": "trash", "is_post": True}]
