"""The blocks of a draft as the editor lists them; the selected one with its fields."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from campaigns.composing import blocks
from campaigns.composing.rich import rich_from_typed, typed_from_rich

_ICONS = {
    "heading": "heading",
    "text": "align-left",
    "picture": "photo",
    "button": "hand-click",
    "divider": "minus",
}
_CHOICES = {
    "level": {"1": "Large", "2": "Medium", "3": "Small"},
    "align": {"start": "Start of the line", "center": "Centre", "end": "End of the line"},
}
_KEPT = 22  # characters of a block's words in the list


@dataclass(frozen=True, slots=True)
class BlockField:
    """One property of the selected block, as a field. `html` is the value of a rich one."""

    name: str
    label: str
    kind: str
    value: str
    html: str
    choices: tuple[tuple[str, str], ...]
    errors: tuple[str, ...]
    is_required: bool


@dataclass(frozen=True, slots=True)
class BlockLine:
    """One block of the list; `was` says on saving which words its author had before."""

    id: str
    kind: str
    label: str
    icon: str
    words: str
    position: int
    fields: tuple[BlockField, ...]
    is_selected: bool
    has_faults: bool
    was: str

    @property
    def above(self) -> int:
        """The place one up; the first stays."""
        return max(self.position - 1, 0)

    @property
    def below(self) -> int:
        """The place one down."""
        return self.position + 1


@dataclass(frozen=True, slots=True)
class Opened:
    """The block that is open: what was typed into it, and how strictly it is looked at.

    `was` is what it says in the database, when the document is not stored. A block into which
    nothing was written has no errors, unless somebody asked: saved it, or wants to launch.
    """

    block_id: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    was: str = ""
    is_asked: bool = False


def block_lines(
    document: blocks.Document, known: frozenset[str], opened: Opened
) -> list[BlockLine]:
    """The blocks in order; what was typed into the open one is kept."""
    faults: dict[str, dict[str, list[str]]] = {}
    for fault in blocks.faults_of(document, known):
        faults.setdefault(fault.block_id, {}).setdefault(fault.prop, []).append(fault.text)
    return [
        BlockLine(
            id=block.id,
            kind=block.type,
            label=block.type.capitalize(),
            icon=_ICONS[block.type],
            words=_words(block),
            position=position,
            fields=_fields(
                block,
                faults.get(block.id, {})
                if opened.is_asked or not blocks.is_untouched(block)
                else {},
                opened.typed if block.id == opened.block_id else {},
            ),
            is_selected=block.id == opened.block_id,
            has_faults=block.id in faults,
            was=(block.id == opened.block_id and opened.was) or fingerprint(block),
        )
        for position, block in enumerate(document.blocks)
    ]


def fingerprint(block: blocks.Block) -> str:
    """What a block says, in few letters: two tabs, or two people, notice each other by it."""
    return hashlib.sha256(json.dumps(sorted(block.props.items())).encode()).hexdigest()[:16]


def place_of(document: blocks.Document, block_id: str, *, was: int) -> str:
    """What the live region says after a move: "Text moved to 2 of 5"."""
    block = blocks.block_of(document, block_id)
    position, count = document.blocks.index(block), len(document.blocks)
    name = block.type.capitalize()
    if position == was:
        return f"{name} stays at {position + 1} of {count}"
    return f"{name} moved to {position + 1} of {count}"


def _words(block: blocks.Block) -> str:
    text = block.props.get("text") or block.props.get("label") or block.props.get("alt") or ""
    return text if len(text) <= _KEPT else f"{text[:_KEPT].rstrip()}…"


def _fields(
    block: blocks.Block, faults: Mapping[str, list[str]], typed: Mapping[str, str]
) -> tuple[BlockField, ...]:
    return tuple(
        BlockField(
            name=prop.name,
            label=prop.label,
            kind=prop.kind,
            value=typed.get(prop.name, _typed(prop, block.props[prop.name])),
            html=_html(prop, block, typed),
            choices=tuple(
                (choice, _CHOICES.get(prop.name, {}).get(choice, choice)) for choice in prop.choices
            ),
            errors=tuple(faults.get(prop.name, ())),
            is_required=prop.is_required,
        )
        for prop in blocks.PROPS[block.type]
    )


def _typed(prop: blocks.Prop, value: str) -> str:
    return typed_from_rich(value) if prop.kind == "rich" else value


def _html(prop: blocks.Prop, block: blocks.Block, typed: Mapping[str, str]) -> str:
    if prop.kind != "rich":
        return ""
    return rich_from_typed(typed[prop.name]) if prop.name in typed else block.props[prop.name]
