"""Three newsletters to start from, as block documents."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from campaigns.composing import blocks

_GREETING = '<p>Hello {{ contact.first_name | default: "there" }},</p>'
_SHOP = "https://www.example.com/"

Pieces = tuple[tuple[str, Mapping[str, str]], ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """One newsletter to start from: what it is for, and its blocks."""

    code: str
    name: str
    text: str
    icon: str
    pieces: Pieces

    @property
    def document(self) -> blocks.Document:
        """A document of its own."""
        document = blocks.Document()
        for kind, props in self.pieces:
            document = blocks.add(document, kind, props=props)
        return document


def _text(html: str) -> tuple[str, Mapping[str, str]]:
    return "text", {"html": html}


def _heading(text: str, level: str = "1") -> tuple[str, Mapping[str, str]]:
    return "heading", {"text": text, "level": level}


def _button(label: str) -> tuple[str, Mapping[str, str]]:
    return "button", {"label": label, "href": _SHOP, "align": "start"}


SAMPLES = (
    Sample(
        "letter",
        "Letter",
        "Plain words from one person to another. Reads well everywhere.",
        "mail",
        (
            _text(
                f"{_GREETING}<p>Say in two sentences why you write today, and what is in it for"
                " them.</p><p>Then one thought per paragraph. Short ones are read to the end.</p>"
            ),
            _button("Read more"),
            _text("<p>Kind regards,<br>Your name</p>"),
        ),
    ),
    Sample(
        "news",
        "News",
        "A headline and three short stories, each with its own link.",
        "layout-grid",
        (
            _heading("The news of this month"),
            _text(f"{_GREETING}<p>One sentence that says what awaits them below.</p>"),
            ("divider", {}),
            _heading("First story", "2"),
            _text(f'<p>What happened, in two or three lines. <a href="{_SHOP}">Read it</a></p>'),
            _heading("Second story", "2"),
            _text(f'<p>What comes next, and until when. <a href="{_SHOP}">See the dates</a></p>'),
            _heading("And one more", "2"),
            _text("<p>Something small that makes people smile.</p>"),
        ),
    ),
    Sample(
        "offer",
        "One offer",
        "One thing, why it is good, and one button.",
        "tag",
        (
            _heading("One thing worth having"),
            _text(
                f"{_GREETING}<p>Say what it is and whom it helps.</p>"
                "<ul><li>The first good reason</li><li>The second good reason</li>"
                "<li>Until when it lasts</li></ul>"
            ),
            _button("See the offer"),
            ("divider", {}),
            _text("<p>Questions? Just answer this mail; somebody reads it.</p>"),
        ),
    ),
)
EMPTY = "empty"
# Good as they stand in anybody's newsletter; all other words of a sample are to be written over.
_MAY_STAY = {"The news of this month", "Questions? Just answer this mail; somebody reads it."}


def document_of(code: str) -> blocks.Document:
    """A new document from a sample; the plain start for any other code."""
    for sample in SAMPLES:
        if sample.code == code:
            return sample.document
    return blocks.starting_document()


@cache
def placeholders() -> frozenset[str]:
    """The sentences of all beginnings that only say what to write there."""
    beginnings = [blocks.starting_document(), *(sample.document for sample in SAMPLES)]
    return frozenset(
        sentence
        for document in beginnings
        for block in document.blocks
        for sentence in blocks.sentences_of(block)
        if "{{" not in sentence and sentence not in _MAY_STAY
    )
