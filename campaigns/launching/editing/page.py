"""What the editor's page shows: cards with their marks, blocks, who gets what, checks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from campaigns.composing import blocks, checks, forms
from campaigns.composing.freezing import template_of
from campaigns.composing.typing import typed_from_rich
from campaigns.launching.readiness import Problem, known_fields_of, problems_of
from campaigns.launching.review import Review, review
from campaigns.launching.showing.moments import moment
from campaigns.models import Campaign
from marketing.models import Account
from marketing.rules.countries import country_name
from marketing.rules.deciding import rule_for
from marketing.rules.wording import consent_text

CARDS: dict[str, type[forms.CardForm]] = {
    "recipients": forms.RecipientsForm,
    "sender": forms.SenderForm,
    "more": forms.MoreForm,
}
_ICONS = {
    "heading": "heading",
    "text": "align-left",
    "picture": "photo",
    "button": "hand-click",
    "divider": "minus",
}


@dataclass(frozen=True, slots=True)
class BlockField:
    """One property of the selected block, as a field."""

    name: str
    label: str
    kind: str
    value: str
    choices: tuple[str, ...]
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BlockLine:
    """One block of the list; the selected one has its fields."""

    id: str
    label: str
    icon: str
    position: int
    fields: tuple[BlockField, ...]
    is_selected: bool
    has_faults: bool


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One line of the card Checks."""

    family: str
    icon: str
    text: str


def card_form(card: str, campaign: Campaign, account: Account) -> forms.CardForm:
    """The unbound form of a card."""
    return CARDS[card](campaign=campaign, account=account)


def editor_page(
    campaign: Campaign,
    account: Account,
    *,
    bound: Mapping[str, forms.CardForm] | None = None,
    selected: str = "",
    typed: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The whole context. `bound` are forms that came back with errors."""
    problems = problems_of(campaign, account)
    page: dict[str, Any] = {
        f"{card}_form": (bound or {}).get(card) or card_form(card, campaign, account)
        for card in CARDS
    }
    marks = _marks(problems, bound or {})
    return page | _content(campaign, account, selected, typed or {}) | {
        "campaign": campaign,
        "marks": marks,
        "problems": problems,
        "saved": f"Saved {moment(campaign.changed_at, account.time_zone)}",
        "review": _review(campaign, account, problems),
        "checks": _checks(campaign, account, problems),
        "locks": locks_of(account),
    }  # fmt: skip


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


def block_lines(
    document: blocks.Document,
    known: frozenset[str],
    *,
    selected: str = "",
    typed: Mapping[str, str] | None = None,
) -> list[BlockLine]:
    """The blocks in order; what was typed into the selected one is kept."""
    faults: dict[str, dict[str, list[str]]] = {}
    for fault in blocks.faults_of(document, known):
        faults.setdefault(fault.block_id, {}).setdefault(fault.prop, []).append(fault.text)
    return [
        BlockLine(
            id=block.id,
            label=block.type.capitalize(),
            icon=_ICONS[block.type],
            position=position,
            fields=_fields(block, faults.get(block.id, {}), typed or {}),
            is_selected=block.id == selected,
            has_faults=block.id in faults,
        )
        for position, block in enumerate(document.blocks)
    ]


def _fields(
    block: blocks.Block, faults: Mapping[str, list[str]], typed: Mapping[str, str]
) -> tuple[BlockField, ...]:
    return tuple(
        BlockField(
            name=prop.name,
            label=prop.label,
            kind=prop.kind,
            value=typed.get(prop.name) or _typed(prop, block.props[prop.name]),
            choices=prop.choices,
            errors=tuple(faults.get(prop.name, ())),
        )
        for prop in blocks.PROPS[block.type]
    )


def _typed(prop: blocks.Prop, value: str) -> str:
    return typed_from_rich(value) if prop.kind == "rich" else value


def _content(
    campaign: Campaign, account: Account, selected: str, typed: Mapping[str, str]
) -> dict[str, Any]:
    document = blocks.document_from(campaign.content)
    known = known_fields_of(account)
    return {
        "blocks": block_lines(document, known, selected=selected, typed=typed),
        "block_types": [(kind, kind.capitalize()) for kind in blocks.TYPES],
        "merge_fields": sorted(known - {"unsubscribe_url"}),
    }


def _marks(problems: list[Problem], bound: Mapping[str, forms.CardForm]) -> dict[str, str]:
    open_cards = {problem.card for problem in problems}
    cards = ("recipients", "sender", "content", "more")
    return {
        card: "fix" if card in bound and bound[card].errors
        else str(number) if card in open_cards
        else "done"
        for number, card in enumerate(cards, start=1)
    }  # fmt: skip


def _review(campaign: Campaign, account: Account, problems: list[Problem]) -> Review | None:
    if any(problem.card == "recipients" for problem in problems):
        return None
    return review(campaign, account)


def _checks(campaign: Campaign, account: Account, problems: list[Problem]) -> list[CheckLine]:
    lines = [CheckLine("red", "alert-circle", problem.text) for problem in problems]
    mail = checks.MailToCheck(
        subject=campaign.subject or "-",
        sender_address=campaign.sender.address if campaign.sender else "-",
        document=blocks.document_from(campaign.content),
        template=template_of(campaign, account),
        known_fields=known_fields_of(account),
        preheader=campaign.preheader,
    )
    looks = {
        checks.Level.WARN: ("amber", "alert-triangle"),
        checks.Level.GOOD: ("green", "circle-check"),
    }
    lines += [
        CheckLine(*looks[check.level], check.text)
        for check in checks.checks_of(mail)
        if check.level in looks
    ]
    return lines
