"""Link rewriting: any page of mark-up keeps every byte but the values of its links."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.composing.links import links_in, rewrite, targets_of
from campaigns.composing.markup import decoded, encoded, start_tags
from campaigns.composing.targets import (
    Action,
    Level,
    LinkRefused,
    decide,
    person_target,
    web_address,
)

pieces = st.lists(
    st.one_of(
        st.text("<>\"'=/ aehrf!-&;{}%\n", max_size=12),
        st.sampled_from(
            [
                '<a href="https://example.test/x?a=1&amp;b=2">',
                "<a href=https://example.test/y>",
                "</a>",
                "<!--",
                "-->",
                "<style>",
                "</style>",
                '{{ contact.x | default: "<a>" }}',
                "<area href='//example.test'>",
                '<p title="',
            ]
        ),
    ),
    max_size=15,
).map("".join)


@given(pieces)
def test_rewriting_to_the_same_values_changes_nothing(html: str) -> None:
    written = {link.number: link.href for link in links_in(html) if link.number}
    rewritten = rewrite(html, lambda number: decoded(written[number]))
    assert [decoded(link.href) for link in links_in(rewritten)] == [
        decoded(written[link.number]) if link.number else decoded(link.href)
        for link in links_in(html)
    ]


@given(pieces)
def test_bytes_outside_rewritten_values_stay(html: str) -> None:
    rewritten = rewrite(html, lambda _: "https://t.example/l/T")
    places = [tag.attribute("href") for tag in start_tags(html) if tag.name in {"a", "area"}]
    kept, at = [], 0
    for href, link in zip([each for each in places if each], links_in(html), strict=True):
        if link.number:
            kept += [html[at : href.start], "https://t.example/l/T"]
            at = href.end
    assert rewritten == "".join([*kept, html[at:]])


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_value_survives_an_attribute(value: str) -> None:
    assert decoded(encoded(value)) == value


@given(st.text(max_size=60))
def test_a_target_is_always_safe_in_a_header(path: str) -> None:
    try:
        target = web_address(f"https://example.test/{path}")
    except LinkRefused:
        return
    tagless = re.sub(r"\{\{.*?\}\}", "", target, flags=re.DOTALL)
    assert re.fullmatch(r"https://example\.test/[!#-;=?-~]*", tagless)


@given(st.text(max_size=30))
def test_a_value_never_moves_a_link_to_another_host(value: str) -> None:
    target = "https://{{ contact.shop }}.example.test/p?id={{ contact.shop }}#{{ contact.shop }}"

    def fill(source: str) -> str:
        assert source.count("| url_part") == 3
        return re.sub(r"\{\{.*?\}\}", lambda _: _quoted(value), source)

    try:
        url = person_target(target, fill)
    except LinkRefused:
        return
    assert re.match(r"https://[a-z0-9_.-]+\.example\.test/p\?id=", url)


def _quoted(value: str) -> str:
    return "".join(
        sign
        if re.fullmatch("[A-Za-z0-9._~-]", sign)
        else "".join(f"%{octet:02X}" for octet in sign.encode("utf-8", "replace"))
        for sign in value
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://{{ contact.host }}/",
        "https://{{ contact.shop }}.test/",
        "https://{{ contact.shop }}example.test/",
        "https://example.test{{ contact.path }}",
        "https://example.test:{{ contact.port }}/",
        "https://example.test/{% if a %}b{% endif %}",
        "{{ contact.scheme }}://example.test/",
    ],
)
def test_a_field_may_not_choose_scheme_host_or_port(url: str) -> None:
    assert decide(url).action is Action.REFUSE


def test_a_field_that_begins_the_path_is_fine_after_a_slash() -> None:
    assert decide("https://example.test/{{ contact.path }}").action is Action.REWRITE


def test_links_in_comments_stay_and_visible_ones_between_them_are_rewritten() -> None:
    hidden = '<!--[if mso]><a href="https://example.test/">x</a><![endif]-->'
    seen = '<!--[if !mso]><!--><a href="{}">x</a><!--<![endif]-->'
    html = hidden + seen.format("https://example.test/")
    assert rewrite(html, lambda _: "https://t.example/1") == hidden + seen.format(
        "https://t.example/1"
    )


def test_a_tag_of_ours_can_stand_for_the_redirect_and_is_not_escaped() -> None:
    html = '<a href="https://example.test/">x</a>'
    rewritten = rewrite(html, lambda number: f"{{{{ links_url }}}}/{number}?a&b")
    assert rewritten == '<a href="{{ links_url }}/1?a&amp;b">x</a>'


def test_quotes_inside_a_merge_tag_do_not_end_the_attribute() -> None:
    html = '<a href="https://example.test/?n={{ contact.x | default: "a>b" }}">x</a>'
    (link,) = links_in(html)
    assert link.href == 'https://example.test/?n={{ contact.x | default: "a>b" }}'
    assert rewrite(html, lambda _: "U") == '<a href="U">x</a>'


def test_equal_targets_share_a_number_and_a_line_in_the_report() -> None:
    html = "".join(
        f'<a href="{href}">x</a>'
        for href in (
            "https://a.test/?b&amp;c",
            "mailto:x@a",
            "https://b.test/",
            "https://a.test/?b&c",
        )
    )
    links = links_in(html)
    assert [link.number for link in links] == [1, None, 2, 1]
    assert {number: link.label for number, link in targets_of(links).items()} == {
        1: "https://a.test/?b&c",
        2: "https://b.test/",
    }


def test_our_own_hosts_are_not_wrapped_again() -> None:
    decision = decide("https://t.example/l/x", own_hosts=frozenset({"t.example"}))
    assert decision.action is Action.KEEP


@pytest.mark.parametrize("href", ["https://a.test/trip.ics", "https://a.test/f?sig=x&sv=1"])
def test_files_for_programs_and_signed_addresses_are_left_alone(href: str) -> None:
    assert decide(href) == decide(href).__class__(Action.KEEP, level=Level.NONE)
