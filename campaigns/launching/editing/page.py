"""What the editor's page shows: cards with their marks, blocks, who gets what, checks."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone

from campaigns.composing import blocks, checks, forms, merging
from campaigns.composing.freezing import template_of
from campaigns.launching.chips import chips_of
from campaigns.launching.editing.block_lines import Opened, block_lines
from campaigns.launching.editing.samples import placeholders
from campaigns.launching.lacking import lacking
from campaigns.launching.progress import people
from campaigns.launching.readiness import Problem, known_fields_of, problems_of
from campaigns.launching.review import Review, review
from campaigns.launching.showing.moments import moment
from campaigns.models import Campaign
from marketing.accounts.initials import initials_of
from marketing.models import Account
from marketing.rules.countries import country_name
from marketing.rules.deciding import rule_for
from marketing.rules.wording import consent_text

CARDS: dict[str, type[forms.CardForm]] = {
    "recipients": forms.RecipientsForm,
    "sender": forms.SenderForm,
    "more": forms.MoreForm,
}


@dataclass(frozen=True, slots=True)
class ChipLine:
    """A segment as a chip: its checkbox, and how many people it has once it is chosen."""

    box: Any
    segment_id: int
    count: int | None


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One line of the card Checks."""

    family: str
    icon: str
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class InboxLine:
    """The mail in a list of mails: the letter in its circle and both texts, filled in."""

    initial: str
    subject: str
    preheader: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What a request wants to see: the block that is open, what was typed into it, and more.

    `elsewhere` tells of somebody else's save; `announce` is spoken; `is_checking` marks what keeps
    the campaign from being launched at its fields. After a save `is_in_place` leaves the card as
    it is, `is_wrong` says that nothing was stored, and `was` what the open block still says.
    """

    selected: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    elsewhere: str = ""
    announce: str = ""
    is_checking: bool = False
    is_in_place: bool = False
    is_wrong: bool = False
    was: str = ""


def card_form(card: str, campaign: Campaign, account: Account) -> forms.CardForm:
    """The unbound form of a card."""
    return CARDS[card](campaign=campaign, account=account)


def editor_page(
    campaign: Campaign,
    account: Account,
    *,
    bound: Mapping[str, forms.CardForm] | None = None,
    shown: Shown | None = None,
) -> dict[str, Any]:
    """The whole context. `bound` are forms that came back with errors."""
    shown = shown or Shown()
    problems = problems_of(campaign, account)
    bound = {**(_marked(campaign, account, problems) if shown.is_checking else {}), **(bound or {})}
    page: dict[str, Any] = {
        f"{card}_form": bound.get(card) or card_form(card, campaign, account) for card in CARDS
    }
    return page | _content(campaign, account, shown) | {
        "campaign": campaign,
        "marks": _marks(problems, bound, is_checking=shown.is_checking),
        "problems": problems,
        "saved": saved_at(campaign, account.time_zone),
        "review": (page_review := _review(campaign, account, problems)),
        "counted": f"{timezone.localtime(timezone=ZoneInfo(account.time_zone)):%H:%M}",
        "chips": (chips := chips_of(campaign, total=page_review.total if page_review else None)),
        "chips_in": _chip_lines(page["recipients_form"]["segments_in"], chips.inside),
        "chips_out": _chip_lines(page["recipients_form"]["segments_out"], chips.outside),
        "checks": [*_checks(campaign, account, problems, is_checking=shown.is_checking)],
        "locks": (locks := locks_of(account)),
        "tracking_text": _tracking_text(locks, page_review),
        "inbox": inbox_of(campaign, account),
        "shown": shown,
    }  # fmt: skip


def inbox_of(campaign: Campaign, account: Account) -> InboxLine:
    """The line for the sample person of the preview; a wrong tag stands there as typed."""
    return InboxLine(
        initial=initials_of(campaign.sender.name if campaign.sender else account.name)[:1],
        subject=_filled_in(campaign.subject),
        preheader=_filled_in(campaign.preheader),
    )


def _filled_in(typed: str) -> str:
    try:
        return merging.subject_template(typed).render(checks.SAMPLE)
    except merging.MergeFailed:
        return typed


def saved_at(campaign: Campaign, zone: str) -> str:
    """ "Saved at 09:47", with the day if it is another one."""
    at = moment(campaign.changed_at, zone)
    return f"Saved at {at.removeprefix('today ')}" if at.startswith("today ") else f"Saved {at}"


def locks_of(account: Account) -> dict[str, Any]:
    """What the account's country holds: texts for the card More."""
    rule = rule_for(account.country)
    name = country_name(account.country)
    return {
        "consent": f"Locked in {name}" if rule.consent_locked else "",
        "consent_text": consent_text(rule, account.country),
        "tracking_off": not account.tracking,
        "asks_each": rule.track_class != "N",
    }


def _tracking_text(locks: Mapping[str, Any], found: Review | None) -> str:
    """The sentence under Track email reads, with its numbers."""
    if locks["tracking_off"]:
        return "Tracking is off for the whole account."
    if locks["asks_each"]:
        numbers = f": {found.may_be_tracked:,} of {found.send + found.ask:,}" if found else ""
        return (
            f"Only for people who said yes to tracking{numbers}."
            " Everyone else gets the mail without a tracking picture."
        )
    left_out = "Whoever objects, and people in countries that ask each person, are left out."
    return f"{people(found.may_be_tracked)} may be measured. {left_out}" if found else left_out


def _chip_lines(field: Any, counts: Mapping[int, int]) -> list[ChipLine]:
    ids = [int(str(box.data["value"])) for box in field.subwidgets]
    return [
        ChipLine(box, segment_id, counts.get(segment_id))
        for box, segment_id in zip(field.subwidgets, ids, strict=True)
    ]


def _content(campaign: Campaign, account: Account, shown: Shown) -> dict[str, Any]:
    document = blocks.document_from(campaign.content)
    known = known_fields_of(account)
    is_asked = shown.is_checking or (shown.is_wrong and "upload" not in shown.typed)
    opened = Opened(shown.selected, shown.typed, shown.was, is_asked)
    return {
        "blocks": block_lines(document, known, opened),
        "block_types": [(kind, kind.capitalize()) for kind in blocks.TYPES],
        "merge_fields": [
            (field, field.rpartition(".")[2].replace("_", " ").capitalize())
            for field in sorted(known)
            if field.startswith("contact.")
        ],
        "size": f"{max(1, round(checks.size_of(template_of(campaign, account).html) / 1024))} KB",
    }


def _marked(
    campaign: Campaign, account: Account, problems: list[Problem]
) -> dict[str, forms.CardForm]:
    """Forms of the cards with something to mend, each sentence at its field."""
    found: dict[str, forms.CardForm] = {}
    for problem in problems:
        name = problem.field.removeprefix("id_")
        if problem.card not in CARDS or name not in CARDS[problem.card].base_fields:
            continue
        form = found.get(problem.card) or _filled(problem.card, campaign, account)
        found[problem.card] = form
        if name not in form.errors:
            form.add_error(name, f"{problem.text}.")
    return found


def _filled(card: str, campaign: Campaign, account: Account) -> forms.CardForm:
    """The form of a card as if its stored values had been sent."""
    stored = card_form(card, campaign, account).initial
    data = {name: getattr(value, "pk", value) for name, value in stored.items() if value}
    form = CARDS[card](data, campaign=campaign, account=account)
    form.full_clean()
    return form


def _marks(
    problems: list[Problem], bound: Mapping[str, forms.CardForm], *, is_checking: bool
) -> dict[str, str]:
    open_cards = {problem.card for problem in problems}
    cards = ("recipients", "sender", "content", "more")
    wrong = {card for card, form in bound.items() if form.errors}
    wrong |= open_cards if is_checking else set()
    return {
        card: "fix" if card in wrong
        else str(number) if card in open_cards
        else "done"
        for number, card in enumerate(cards, start=1)
    }  # fmt: skip


def _review(campaign: Campaign, account: Account, problems: list[Problem]) -> Review | None:
    if any(problem.card == "recipients" for problem in problems):
        return None
    return review(campaign, account)


def _checks(
    campaign: Campaign, account: Account, problems: list[Problem], *, is_checking: bool
) -> Iterator[CheckLine]:
    """What is missing is grey before somebody wants to launch, and red after that."""
    url = reverse("campaigns:editor", args=[campaign.account_id, campaign.pk])
    for problem in problems:
        is_of_block = problem.field.startswith("block-")
        place = problem.url if problem.url and not is_of_block else _place(url, problem.field)
        is_open = problem.is_open and not is_checking
        look = ("grey", "pencil") if is_open else ("red", "alert-circle")
        yield CheckLine(*look, problem.text, place)
    mail = checks.MailToCheck(
        subject=campaign.subject or "-",
        sender_address=campaign.sender.address if campaign.sender else "-",
        document=blocks.document_from(campaign.content),
        template=template_of(campaign, account),
        known_fields=known_fields_of(account),
        preheader=campaign.preheader,
        placeholders=placeholders(),
    )
    found = [check for check in checks.checks_of(mail) if check.level in _LOOKS]
    for check in found:
        is_good = check.level is checks.Level.GOOD
        place = "" if is_good else _place(url, check.field)
        yield CheckLine(*_LOOKS[check.level], check.text, place)
    for lack in lacking(campaign):
        text = f"{lack.name} is missing for {people(lack.people)}: nothing stands there for them."
        yield CheckLine(*_LOOKS[checks.Level.WARN], text, f"{url}#card-content")


def _place(url: str, field: str) -> str:
    """Where to mend a check: its field, or the editor with its block open."""
    if field.startswith("block"):
        block_id = re.split("[-:]", field)[1]
        return f"{url}?block={block_id}#block-{block_id}"
    if field in {"subject", "preheader", "sender"}:
        return f"{url}#id_{field}"
    return f"{url}#{field if field.startswith(('id_', 'card-')) else 'card-content'}"


_LOOKS = {
    checks.Level.WARN: ("amber", "alert-triangle"),
    checks.Level.GOOD: ("green", "circle-check"),
}
