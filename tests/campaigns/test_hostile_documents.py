"""Documents, tags and links that were written to hurt: time in their length, and no crash.

Texts of a block end at 20,000 characters; what is fed here is what may be posted.
"""

from collections.abc import Callable
from contextlib import suppress
from itertools import count, islice
from typing import Any, Final

import pytest

from campaigns.composing import blocks, checks, links, markup, merging, rich, targets
from campaigns.composing.framing import Frame
from campaigns.composing.rendering import MailTemplate, mail_template
from campaigns.launching.editing.block_lines import Opened, block_lines
from campaigns.launching.showing.readable import readable
from campaigns.measuring.marking import Marks, marked, named
from tests.hostile import grows_with_its_length, seconds

KNOWN: Final = merging.known_fields(["city"])
PIECES: Final = (
    *(
        " ",
        "\n",
        "\r\n",
        "<",
        "</",
        "<a",
        "<p>",
        "</p>",
        "<li>",
        "<ul><li>",
        "<p><b>",
        "<!--",
        "<?",
    ),
    *(
        "<a href=x>",
        "<a href='",
        "<title>",
        "<textarea",
        "<style>",
        "</script",
        "<table><b>",
        "-->",
    ),
    *("{{", "}}", "{{-", "{%", "{{a}}", "{% if a %}", "{{ '", "zq0qz", "zq", "\\", '"', "'", "="),
    *(
        "&",
        "&#",
        "&#1",
        "&amp",
        "//",
        "https://",
        "a.",
        "1.",
        "?",
        "&a=b",
        "#",
        "%",
        ":",
        "@",
        "[",
        "|",
    ),
    *(
        "| default:",
        "\u0301",
        "\u202e",
        "\u200d",
        "\ufdfa",
        "\u2028",
        "\x01",
        "é",
        "a",
        "> ",
        "xn--a",
    ),
)
HOSTS: Final = frozenset({"acme.example"})
READERS: Final[dict[str, Callable[[str], Any]]] = {
    "rich text": rich.cleaned_rich_text,
    "typed": rich.rich_from_typed,
    "shown in the box": rich.typed_from_rich,
    "sentences": rich.sentences_in,
    "links": links.links_in,
    "links in words": lambda text: markup.text_after(text, next(markup.start_tags("<a>"))),
    "guarded": links.guarded,
    "references": markup.decoded,
    "tags": lambda text: merging.problems(text, KNOWN),
    "merged": lambda text: merging.text_template(text).render(checks.SAMPLE),
    "in a list": readable,
    "a link": targets.decide,
    "a web address": lambda text: targets.web_address(f"https://{text}"),
    "a marked link": lambda text: marked(f"https://{text}", Marks({"utm_source": "x"}, HOSTS)),
    "a name as a mark": named,
}
REFUSED: Final = (merging.MergeFailed, targets.LinkRefused)


@pytest.mark.parametrize("reader", READERS)
def test_time_grows_with_the_length_of_a_text(reader: str) -> None:
    def read(text: str) -> None:
        with suppress(*REFUSED):
            READERS[reader](text)

    slow = [piece for piece in PIECES if not grows_with_its_length(read, piece, 8_000)]
    assert slow == []


def many(template: str, length: int = rich.LONGEST_READ) -> str:
    """As many different ones as fit."""
    pieces = (template.format(number) for number in count())
    return "".join(islice(pieces, length // len(template)))[:length]


@pytest.mark.parametrize(
    "html",
    [
        many("<p><b id={}>"),
        many("<b id={}><p>"),
        many("<a href={}><p>"),
        many("<select><title></select><b id={}><p>"),
        many("<svg><title><p><i class={}>"),
        many("<!-- <b --><p><b a{}>"),
        many("<<!-- -->b id={}><p>"),
        f"<title><b a='</title>{many('<p><b id={}>')}",
        f"<a href='{many('<p><b id={}>')}",
        "<table><b>" * 4_000,
        "<ul><li>" * 5_000,
        "<p><i>" * 6_000,
        f"<a {'a=1 ' * 9_000}>",
    ],
)
def test_a_pasted_page_is_cleaned_in_no_time(html: str) -> None:
    assert min(seconds(lambda: rich.cleaned_rich_text(html)) for _ in range(2)) < 3


def test_tags_lose_their_attributes_and_links_keep_their_address() -> None:
    assert rich.cleaned_rich_text(
        '<p class="x">a <b style=\'x\'>b</b><!-- <i x="--> <a title=t HREF="https://a.example/?a=1'
        '&amp;b&quot;&lt;" data-track=off>c</a></p><b x="'
    ) == (
        '<p>a <b>b</b> <a href="https://a.example/?a=1&amp;b&quot;&lt;" data-track="off">c</a></p>'
    )


def test_what_is_too_long_to_be_read_is_refused_at_its_field() -> None:
    for text in ("<p>x", "a ", "<a ", "é", "{{"):
        html = rich.rich_from_typed(text * 500_000 + "<b>the end</b>")
        document = blocks.add(blocks.Document(), "text", props={"html": html})
        assert [fault.prop for fault in blocks.faults_of(document, KNOWN)]


def documents(text: str) -> blocks.Document:
    """The text in every place of a block."""
    document = blocks.Document()
    for kind, props in blocks.PROPS.items():
        given = {prop.name: text for prop in props if prop.kind not in ("choice", "untracked")}
        document = blocks.add(document, kind, props=given)
    return document


def compiled(text: str, around: str) -> MailTemplate:
    frame = Frame(
        company=around, postal_address=around, reason=around, subject=around, preheader=around
    )
    return mail_template(documents(text), frame)


UNKNOWN_TO_XML: Final = (*map(chr, range(0x20)), "\x7f", "\x85", "\ufffe", "\uffff", "\ud800")


def test_no_character_keeps_a_mail_from_being_compiled() -> None:
    for sign in UNKNOWN_TO_XML:
        for text in (f"a{sign}b", f"a&#{ord(sign)};b", f"{{{{ '{sign}' }}}}"):
            template = compiled(text, text.replace("\ud800", ""))
            merging.html_template(template.html).render(checks.SAMPLE).encode()
            assert "a" in template.text


@pytest.mark.parametrize("piece", PIECES)
def test_a_whole_mail_of_hostile_text_is_compiled_and_checked(piece: str) -> None:
    def whole() -> None:
        document = documents(piece * (2_000 // len(piece)))
        template = mail_template(document, Frame(company="a", postal_address="b", reason="c"))
        mail = checks.MailToCheck(
            subject=piece * (200 // len(piece)),
            sender_address="news@acme.example",
            document=document,
            template=template,
            known_fields=KNOWN,
        )
        assert checks.checks_of(mail)
        assert block_lines(document, KNOWN, Opened(document.blocks[1].id, is_asked=True))

    assert seconds(whole) < 3


def test_the_number_of_a_hidden_tag_is_a_number_that_can_be_read() -> None:
    digits = "&#57;" * 5_000
    assert "9" * 5_000 in rich.cleaned_rich_text(f"<p>{{{{ a }}}} zq{digits}qz</p>")


def test_a_document_of_many_blocks_or_of_deep_json_is_refused() -> None:
    block = {"id": "a", "type": "divider", "props": {}}
    nested: Any = {}
    for _ in range(500):
        nested = {"props": nested}
    for given in ([block] * 5_000, [{"id": "a", "type": "text", "props": nested}] * 5_000, nested):
        with pytest.raises(blocks.NotADocument):
            blocks.document_from({"version": 1, "blocks": given})
    deep = {"version": 1, "blocks": [{"id": "a", "type": "text", "props": {"html": nested}}]}
    assert blocks.document_from(deep).blocks[0].props == {"html": ""}


def test_fields_and_conditions_have_a_number_and_a_depth() -> None:
    for source in (
        "{{ contact.email }}" * 10_000,
        "{% if contact.email %}" * 1_000,
        "{% if contact.email %}" * 60 + "{% endif %}" * 60,
        "{{ contact" + ".a" * 10_000 + " }}",
        "{{ contact.email" + " | upcase" * 10_000 + " }}",
        "{{ " + "(" * 400 + " }}",
        "{{ contact" + "[0" * 100 + " }}",
    ):
        assert merging.problems(source, KNOWN), source[:40]


def test_many_links_take_the_time_of_many_links() -> None:
    def read(html: str) -> None:
        links.rewrite(html, lambda number: f"https://t.example/{number}")
        links.links_in(html)

    assert grows_with_its_length(read, '<a href="https://acme.example/?a">x</a>', 20_000)
