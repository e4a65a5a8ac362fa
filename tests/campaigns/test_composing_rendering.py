"""Blocks to mail: both parts say the same, and nothing a member types becomes mark-up."""

import re
from dataclasses import replace
from typing import Any

import pytest

from campaigns.composing.blocks import Block, Document, add, starting_document
from campaigns.composing.framing import Frame, words_in
from campaigns.composing.merging import html_template, text_template
from campaigns.composing.rendering import html_of, mail_template
from campaigns.composing.texts import text_of, text_of_rich

FRAME = Frame(
    company="Acme & Sons",
    postal_address="1 Main Street, Springfield",
    reason="You signed up at acme.example.",
    subject="News for {{ contact.first_name }}",
    preheader="Look & see",
)
VALUES: dict[str, Any] = {
    "contact": {"first_name": "Ana <b>", "email": "a b&c"},
    "unsubscribe_url": "https://u.example/o/T?a=1&b=2",
    "choices_url": "https://u.example/c/T",
}
TRACKED_VALUES = VALUES | {
    "stop_tracking_url": "https://u.example/s/T",
    "pixel_url": "https://t.example/p/T",
    "links_url": "https://t.example/l/T",
}


def document() -> Document:
    made = starting_document()
    href = "https://acme.example/?a=1&b={{ contact.email }}"
    rich = '<p>See <a href="https://acme.example/x?a=1&amp;b=2">the shop</a>.</p>'
    for kind, props in (
        ("button", {"label": 'Buy "now" & <go>', "href": href}),
        ("picture", {"src": "https://acme.example/a.png", "alt": 'A "bike"', "href": href}),
        ("divider", {}),
        ("text", {"html": rich}),
        ("button", {"label": "Write", "href": "mailto:hello@acme.example"}),
    ):
        made = add(made, kind, props=props)
    return made


def parts(*, tracked: bool) -> tuple[str, str]:
    url_for = (lambda number: f"{{{{ links_url }}}}/{number}") if tracked else None
    template = mail_template(document(), FRAME, url_for=url_for)
    values = TRACKED_VALUES if tracked else VALUES
    return html_template(template.html).render(values), text_template(template.text).render(values)


def hrefs(html: str) -> list[str]:
    return re.findall(r'href="([^"]*)"', html)


def test_an_untracked_mail_has_no_picture_of_ours_and_the_links_as_written() -> None:
    html, text = parts(tracked=False)
    assert "t.example" not in html + text
    assert "https://acme.example/x?a=1&amp;b=2" in hrefs(html)
    assert "https://acme.example/?a=1&amp;b=a%20b%26c" in hrefs(html)
    assert "Stop tracking me" not in html + text


def test_a_tracked_mail_leads_through_the_redirect_in_both_parts() -> None:
    html, text = parts(tracked=True)
    assert hrefs(html).count("https://t.example/l/T/1") == 2
    assert 'Buy "now" & <go> <https://t.example/l/T/1>' in text
    assert "the shop <https://t.example/l/T/2>" in text
    assert "mailto:hello@acme.example" in hrefs(html)
    assert html.count("https://t.example/p/T") == 1
    assert "Stop tracking me: https://u.example/s/T" in text


def test_one_template_serves_tracked_and_untracked_people() -> None:
    template = mail_template(document(), FRAME)
    empty = VALUES | {"pixel_url": "", "stop_tracking_url": None}
    for values, is_there in ((VALUES, False), (TRACKED_VALUES, True), (empty, False)):
        html = html_template(template.html).render(values)
        assert ("Stop tracking me" in html) == is_there
        assert ('width="1"' in html) == is_there
        assert ("Stop tracking me" in text_template(template.text).render(values)) == is_there


def test_both_parts_say_who_sends_why_and_how_to_stop() -> None:
    html, text = parts(tracked=False)
    assert "https://u.example/o/T?a=1&amp;b=2" in hrefs(html)
    assert "Unsubscribe: https://u.example/o/T?a=1&b=2" in text
    for said in ("1 Main Street, Springfield", "You signed up at acme.example."):
        assert said in html
        assert said in text
    assert "Acme &amp; Sons" in html
    assert "Acme & Sons" in text


def test_who_agreed_reads_when_and_everybody_else_the_other_reason() -> None:
    frame = replace(FRAME, agreed="You agreed to news from A & {{B}} on")
    template = mail_template(document(), frame)
    for day, said, unsaid in (
        ("26 November 2026", "You agreed to news from A & {{B}} on 26 November 2026.", "signed up"),
        (None, FRAME.reason, "You agreed"),
    ):
        values = VALUES | {"contact": VALUES["contact"] | {"agreed_on": day}}
        text = text_template(template.text).render(values)
        html = html_template(template.html).render(values)
        for part in (text, html.replace("&amp;", "&")):
            assert said in part
            assert unsaid not in part


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "because you agreed to news from Acme on 26 November 2026."),
        ("fr-CA", "car vous avez accepté les nouvelles de Acme le 2026-11-26."),
        ("de", "aufgrund Ihrer Zustimmung zu Neuigkeiten von Acme vom 2026-11-26."),
    ],
)
def test_the_reason_is_read_in_the_language_of_the_mail(language: str, said: str) -> None:
    words = words_in(language)
    agreed, contact = (text.replace("{company}", "Acme") for text in (words.agreed, words.contact))
    frame = replace(FRAME, language=language, agreed=agreed, reason=contact)
    template = mail_template(document(), frame)
    days = {"agreed_on": "26 November 2026", "agreed_iso": "2026-11-26"}
    for day, expected in ((days, said), (dict.fromkeys(days), contact)):
        values = VALUES | {"contact": VALUES["contact"] | day}
        assert expected in text_template(template.text).render(values)
        assert expected in html_template(template.html).render(values)


def test_values_and_typed_words_are_text_everywhere() -> None:
    html, _ = parts(tracked=False)
    assert "Ana <b>" not in html
    assert "<title>News for Ana &lt;b&gt;</title>" in html
    assert "Buy &quot;now&quot; &amp; &lt;go&gt;" in html
    assert 'alt="A &quot;bike&quot;"' in html
    assert "Look &amp; see" in html


def test_nothing_is_loaded_from_a_host_the_author_did_not_write() -> None:
    html, _ = parts(tracked=False)
    loaded = re.findall(r'(?:src|url\(|@import)[="\s(]*(https?://[^"\s)]+)', html)
    assert loaded == ["https://acme.example/a.png"]
    assert "<link" not in html
    assert "fonts.googleapis" not in html


def test_an_unclean_stored_block_is_cleaned_again() -> None:
    bad = Document((Block("a", "text", {"html": "<p>x<script>bad()</script><br>y</p>"}),))
    assert "bad()" not in html_of(bad, FRAME)


def test_braces_in_the_company_name_are_printed_as_they_are() -> None:
    frame = Frame(**{**FRAME.__dict__, "company": "{{ contact.email }} {% x %}"})
    html = html_template(html_of(Document(), frame)).render(VALUES)
    text = text_template(text_of(Document(), frame)).render(VALUES)
    assert "{{ contact.email }} {% x %}" in html
    assert "{{ contact.email }} {% x %}" in text


@pytest.mark.parametrize(("language", "direction"), [("de-AT", "ltr"), ("ar", "rtl")])
def test_language_and_direction_are_set(language: str, direction: str) -> None:
    html = html_of(starting_document(), Frame(**{**FRAME.__dict__, "language": language}))
    assert f'<html lang="{language}" dir="{direction}"' in html
    assert f"direction:{'rtl' if direction == 'ltr' else 'ltr'}" not in html
    assert ("Abmelden" in html) == (language == "de-AT")


def test_the_text_part_reads_like_a_letter() -> None:
    rich = (
        '<p>Hi {{ contact.first_name | default: "you" }},<br>see '
        '<a href="https://acme.example/">https://acme.example/</a> &amp; write to '
        '<a href="mailto:a@acme.example">us</a></p><ul><li>one</li><li>two</li></ul><p>Bye</p>'
    )
    assert text_of_rich(rich) == (
        'Hi {{ contact.first_name | default: "you" }},\n'
        "see https://acme.example/ & write to us <a@acme.example>\n\n- one\n- two\n\nBye"
    )


def test_picture_addresses_are_not_in_the_text_part() -> None:
    _, text = parts(tracked=False)
    assert "a.png" not in text
    assert '[A "bike"]' in text
