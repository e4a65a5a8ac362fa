"""The block document of a newsletter: its schema, its faults in words, and its changes.

Pure functions over frozen values; a document is stored as the JSON of `as_data`. Rich text is
sanitised when read, so nothing unclean ever lies in a Document.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from campaigns.composing.links import links_in
from campaigns.composing.markup import printable
from campaigns.composing.merging import problems as merge_problems
from campaigns.composing.rich import SCHEMES, cleaned_rich_text, has_words, sentences_in
from campaigns.composing.tags import is_one_tag
from campaigns.composing.targets import Action, Level, LinkRefused, decide, web_address

VERSION = 1
BLOCK_LIMIT = 200
_RICH_LIMIT = 20_000
# As in CSS: "start" is left, and right in languages written from the right.
_ALIGNMENTS = ("start", "center", "end")


@dataclass(frozen=True)
class Prop:
    """One property of a block type. `kind`: line, rich, link, picture, choice, untracked."""

    name: str
    label: str
    kind: str
    is_required: bool = True
    limit: int = 500
    choices: tuple[str, ...] = ()


# "off": the block's link stays as written, like <a data-track="off"> in a text.
_UNTRACKED = Prop("track", "Do not count clicks on this link", "untracked", is_required=False)

PROPS: Mapping[str, tuple[Prop, ...]] = MappingProxyType(
    {
        "heading": (
            Prop("text", "Text", "line"),
            Prop("level", "Size", "choice", choices=("1", "2", "3")),
            Prop("align", "Alignment", "choice", choices=_ALIGNMENTS),
        ),
        "text": (Prop("html", "Text", "rich", limit=_RICH_LIMIT),),
        "picture": (
            Prop("src", "Address of the picture", "picture", limit=2048),
            Prop("alt", "Description for people who do not see it", "line", is_required=False),
            Prop("href", "Link", "link", is_required=False, limit=2048),
            _UNTRACKED,
        ),
        "button": (
            Prop("label", "Words on the button", "line", limit=100),
            Prop("href", "Link", "link", limit=2048),
            _UNTRACKED,
            Prop("align", "Alignment", "choice", choices=("center", "start", "end")),
        ),
        "divider": (),
    }
)
TYPES = tuple(PROPS)


@dataclass(frozen=True)
class Block:
    """One block; `props` has exactly the properties of its type, all strings."""

    id: str
    type: str
    props: Mapping[str, str]


@dataclass(frozen=True)
class Document:
    """The blocks of one newsletter, in order."""

    blocks: tuple[Block, ...] = ()
    version: int = field(default=VERSION)


@dataclass(frozen=True)
class Fault:
    """What is wrong in a block: which property, in words for its author."""

    block_id: str
    prop: str
    text: str


class NotADocument(ValueError):
    """Data that is no block document at all: not an author's mistake."""


def document_from(data: object) -> Document:
    """Read stored or posted JSON; `{}` is the empty document. Raises NotADocument.

    Rich text is sanitised, unknown properties are dropped, missing ones become empty.
    """
    if data == {}:
        return Document()
    if not isinstance(data, Mapping) or data.get("version") != VERSION:
        raise NotADocument("Not a block document of this version.")
    given = data.get("blocks")
    if not isinstance(given, list) or len(given) > BLOCK_LIMIT:
        raise NotADocument(f"A newsletter has at most {BLOCK_LIMIT} blocks.")
    blocks = tuple(_block_from(each) for each in given)
    if len({block.id for block in blocks}) != len(blocks):
        raise NotADocument("Two blocks have the same id.")
    return Document(blocks)


def as_data(document: Document) -> dict[str, object]:
    """The JSON to store."""
    return {
        "version": document.version,
        "blocks": [
            {"id": block.id, "type": block.type, "props": dict(block.props)}
            for block in document.blocks
        ],
    }


def starting_document() -> Document:
    """What a new newsletter begins with."""
    greeting = '<p>Hello {{ contact.first_name | default: "there" }},</p><p>Write here.</p>'
    document = Document()
    for kind, props in (
        ("heading", {"text": "Your news"}),
        ("text", {"html": greeting}),
    ):
        document = add(document, kind, props=props)
    return document


def faults_of(document: Document, known: frozenset[str]) -> list[Fault]:
    """Everything an author must mend before launch. `known`: the fields of merging.known_fields."""
    return [
        Fault(block.id, prop.name, text)
        for block in document.blocks
        for prop in PROPS[block.type]
        for text in _faults(prop, block.props[prop.name], known)
    ]


def add(
    document: Document,
    kind: str,
    *,
    position: int | None = None,
    props: Mapping[str, str] | None = None,
) -> Document:
    """With a new block at the position (default: at the end). Raises NotADocument if full."""
    if kind not in PROPS or len(document.blocks) >= BLOCK_LIMIT:
        raise NotADocument(f"A newsletter has at most {BLOCK_LIMIT} blocks of known types.")
    block = Block(_new_id(document), kind, _props_from(kind, props or {}))
    return _inserted(document, block, len(document.blocks) if position is None else position)


def change(document: Document, block_id: str, props: Mapping[str, str]) -> Document:
    """With these properties of one block changed. Raises KeyError for an unknown block."""
    block = block_of(document, block_id)
    changed = replace(block, props=_props_from(block.type, {**block.props, **props}))
    blocks = tuple(changed if each.id == block_id else each for each in document.blocks)
    return replace(document, blocks=blocks)


def move(document: Document, block_id: str, *, to: int) -> Document:
    """With one block at another place (from 0, kept inside). Raises KeyError."""
    block = block_of(document, block_id)
    return _inserted(remove(document, block_id), block, to)


def duplicate(document: Document, block_id: str) -> Document:
    """With a copy of one block right after it. Raises KeyError, NotADocument if full."""
    block = block_of(document, block_id)
    position = document.blocks.index(block) + 1
    return add(document, block.type, position=position, props=block.props)


def remove(document: Document, block_id: str) -> Document:
    """Without one block. Raises KeyError."""
    block = block_of(document, block_id)
    return replace(document, blocks=tuple(each for each in document.blocks if each is not block))


def reorder(document: Document, block_ids: list[str]) -> Document:
    """In the order of these ids; blocks that are not named keep their order at the end."""
    places = {block_id: place for place, block_id in enumerate(block_ids)}
    blocks = sorted(document.blocks, key=lambda block: places.get(block.id, len(places)))
    return replace(document, blocks=tuple(blocks))


def block_of(document: Document, block_id: str) -> Block:
    """The block of this id. Raises KeyError."""
    for block in document.blocks:
        if block.id == block_id:
            return block
    raise KeyError(block_id)


def name_of(document: Document, block_id: str) -> str:
    """What people call the block: "Button", or "Button 2" where there are several."""
    kind = block_of(document, block_id).type
    same = [block.id for block in document.blocks if block.type == kind]
    number = f" {same.index(block_id) + 1}" if len(same) > 1 else ""
    return f"{kind.capitalize()}{number}"


def is_untouched(block: Block) -> bool:
    """Nothing was written into it yet: it is unfinished, and nothing in it is wrong."""
    typed = [prop for prop in PROPS[block.type] if prop.kind not in {"choice", "untracked"}]
    return bool(typed) and not any(block.props[prop.name] for prop in typed)


def sentences_of(block: Block) -> list[str]:
    """What a heading or a text says, one entry for each paragraph and item of a list."""
    if block.type == "heading":
        return [block.props["text"]]
    return sentences_in(block.props.get("html", ""))


def _block_from(given: object) -> Block:
    if not isinstance(given, Mapping) or given.get("type") not in PROPS:
        raise NotADocument("Not a block of a known type.")
    props, block_id = given.get("props"), given.get("id")
    if not isinstance(props, Mapping) or not isinstance(block_id, str) or not block_id.isalnum():
        raise NotADocument("Not a block.")
    return Block(block_id[:32], str(given["type"]), _props_from(str(given["type"]), props))


def _props_from(kind: str, given: Mapping[str, object]) -> Mapping[str, str]:
    return MappingProxyType({prop.name: _value_from(prop, given) for prop in PROPS[kind]})


def _value_from(prop: Prop, given: Mapping[str, object]) -> str:
    value = given.get(prop.name, "")
    text = str(value) if isinstance(value, (str, int)) else ""
    if prop.kind == "rich":
        return cleaned_rich_text(text)
    text = printable(text[: 4 * prop.limit])
    if prop.kind == "choice":
        return text if text in prop.choices else prop.choices[0]
    if prop.kind == "untracked":
        return "off" if text == "off" else ""
    return " ".join(text.split())


def _faults(prop: Prop, value: str, known: frozenset[str]) -> list[str]:
    if not value or (prop.kind == "rich" and not has_words(value)):
        return [f"{prop.label} is missing."] if prop.is_required else []
    if len(value) > prop.limit:
        return [f"{prop.label} has {len(value)} characters; at most {prop.limit} are possible."]
    found = [problem.text for problem in merge_problems(value, known)]
    if prop.kind == "link":
        found += _link_faults(value)
    if prop.kind == "picture" and not is_one_tag(value):
        found += _picture_faults(value)
    if prop.kind == "rich":
        found += [link.message for link in links_in(value) if link.level is Level.ERROR]
    return found


def _link_faults(value: str) -> list[str]:
    decision = decide(value)
    if decision.action is Action.REFUSE or decision.level is Level.ERROR:
        return [decision.message]
    scheme = value.partition(":")[0].lower()
    if decision.action is Action.REWRITE or is_one_tag(value) or scheme in SCHEMES:
        return []
    return ["A link begins with https://, http://, mailto: or tel:."]


def _picture_faults(value: str) -> list[str]:
    try:
        web_address(value)
    except LinkRefused as refused:
        return [str(refused).replace("A link", "The address of a picture")]
    return []


def _inserted(document: Document, block: Block, position: int) -> Document:
    at = max(0, min(position, len(document.blocks)))
    return replace(document, blocks=(*document.blocks[:at], block, *document.blocks[at:]))


def _new_id(document: Document) -> str:
    taken = {block.id for block in document.blocks}
    while (new := secrets.token_hex(4)) in taken:
        pass
    return new
