"""The block document: what it takes, what it says is wrong, how it changes."""

import json

import pytest

from campaigns.composing.blocks import (
    BLOCK_LIMIT,
    Document,
    NotADocument,
    add,
    as_data,
    change,
    document_from,
    duplicate,
    faults_of,
    move,
    remove,
    reorder,
    starting_document,
)
from campaigns.composing.merging import known_fields
from campaigns.composing.rich import cleaned_rich_text, rich_text_from

KNOWN = known_fields(["city"])


def words_of(document: Document) -> list[str]:
    return [block.props["text"] for block in document.blocks]


def three() -> Document:
    document = Document()
    for word in ("a", "b", "c"):
        document = add(document, "heading", props={"text": word})
    return document


def faults(kind: str, props: dict[str, str]) -> list[tuple[str, str]]:
    return [(f.prop, f.text) for f in faults_of(add(Document(), kind, props=props), KNOWN)]


def test_a_document_survives_being_stored() -> None:
    stored = json.loads(json.dumps(as_data(starting_document())))
    assert as_data(document_from(stored)) == stored
    assert document_from({}) == Document()


def test_the_starting_document_has_no_faults() -> None:
    assert faults_of(starting_document(), KNOWN) == []


def test_blocks_move_are_copied_removed_and_ordered() -> None:
    document = three()
    a, b, c = (block.id for block in document.blocks)
    assert words_of(move(document, c, to=0)) == ["c", "a", "b"]
    assert words_of(move(document, a, to=99)) == ["b", "c", "a"]
    assert words_of(duplicate(document, b)) == ["a", "b", "b", "c"]
    assert words_of(remove(document, b)) == ["a", "c"]
    assert words_of(reorder(document, [c, a])) == ["c", "a", "b"]
    assert words_of(change(document, b, {"text": "x"})) == ["a", "x", "c"]
    assert len({block.id for block in duplicate(document, b).blocks}) == 4
    with pytest.raises(KeyError):
        remove(document, "nobody")


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {"version": 2, "blocks": []},
        {"version": 1},
        {"version": 1, "blocks": [{"id": "a", "type": "script", "props": {}}]},
        {"version": 1, "blocks": [{"id": "a b", "type": "divider", "props": {}}]},
        {"version": 1, "blocks": [{"id": "a", "type": "divider", "props": {}}] * 2},
        {"version": 1, "blocks": [{}] * (BLOCK_LIMIT + 1)},
    ],
)
def test_data_that_is_no_document_is_refused(data: object) -> None:
    with pytest.raises(NotADocument):
        document_from(data)


@pytest.mark.parametrize("href", ["javascript:alert(1)", "/shop", "ftp://x.example/", "geo:1,2"])
def test_a_button_leads_to_the_web_a_mail_or_a_phone_only(href: str) -> None:
    assert [prop for prop, _ in faults("button", {"label": "Go", "href": href})] == ["href"]


@pytest.mark.parametrize(
    "href",
    ["https://acme.example/", "mailto:a@acme.example", "tel:+1", "{{ contact.fields.city }}"],
)
def test_good_links_have_no_faults(href: str) -> None:
    assert faults("button", {"label": "Go", "href": href}) == []


def test_every_fault_names_its_property() -> None:
    [(prop, text)] = faults("heading", {"text": "{{ contact.shoe }}"})
    assert (prop, text.partition(". ")[0]) == ("text", "There is no field contact.shoe")
    assert faults("picture", {"src": "data:image/png;base64,AA"})[0][0] == "src"
    assert faults("text", {"html": "<p> </p>"}) == [("html", "Text is missing.")]
    assert faults("text", {"html": '<p><a href="/x">x</a></p>'})[0][0] == "html"


def test_rich_text_keeps_its_small_subset_and_its_fields() -> None:
    html = (
        '<p onclick="x">Hi <b>{{ contact.first_name | default: "you" }}</b>'
        '<script>bad()</script><a href="https://{{ contact.fields.city }}.acme.example/?a=1&amp;b">'
        'x</a><a href="javascript:bad()">y</a><img src=x></p><h1 style="x">z</h1>'
    )
    assert cleaned_rich_text(html) == (
        '<p>Hi <b>{{ contact.first_name | default: "you" }}</b>'
        '<a href="https://{{ contact.fields.city }}.acme.example/?a=1&amp;b">x</a><a>y</a></p>z'
    )
    assert cleaned_rich_text(cleaned_rich_text(html)) == cleaned_rich_text(html)


def test_a_link_may_say_that_its_clicks_are_not_counted_and_nothing_else() -> None:
    html = '<p><a href="https://a.example/" data-track="{}">x</a></p>'
    assert cleaned_rich_text(html.format("off")) == html.format("off")
    for value in ("on", "offer", "", "&quot; onclick=&quot;x"):
        assert cleaned_rich_text(html.format(value)) == (
            '<p><a href="https://a.example/">x</a></p>'
        )
    for typed, kept in (("off", "off"), ("on", ""), ('" onclick="x', "")):
        [block] = add(Document(), "button", props={"track": typed}).blocks
        assert block.props["track"] == kept


def test_typed_plain_text_becomes_paragraphs() -> None:
    typed = 'A <b> & {{ contact.first_name | default: "x" }}\nnext\n\nlast'
    assert rich_text_from(typed) == (
        '<p>A &lt;b&gt; &amp; {{ contact.first_name | default: "x" }}<br>next</p><p>last</p>'
    )


def test_a_token_typed_by_an_author_stays_what_it_is() -> None:
    assert cleaned_rich_text("<p>zq0qz {{ contact.email }}</p>") == (
        "<p>zq0qz {{ contact.email }}</p>"
    )


def test_deeply_nested_text_never_reaches_the_compiler() -> None:
    assert cleaned_rich_text("<ul><li>" * 4_900 + "x") == "x"
    nested = "<ul><li>" * 3 + "x"
    assert cleaned_rich_text(nested) == nested + "</li></ul>" * 3
