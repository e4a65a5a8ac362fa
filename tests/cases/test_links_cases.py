"""links.json: every href an author may write, and where the click must end."""

from typing import Any

import pytest

from campaigns.composing.links import LinkFound, links_in, rewrite
from campaigns.composing.merging import html_template, text_template
from campaigns.composing.targets import Action, LinkRefused, person_target
from tests.cases.files import cases_of

ACTIONS = {"rewrite": Action.REWRITE, "keep": Action.KEEP, "refuse": Action.REFUSE}
OUT = "https://t.example/l/TOKEN/"


def destination_of(link: LinkFound, merge: dict[str, str]) -> str:
    values = {"contact": merge}
    return person_target(link.target, lambda source: text_template(source).render(values))


def expected_after_rewriting(case: dict[str, Any], links: list[LinkFound]) -> str:
    """The same bytes with the values of rewritten links exchanged, found from the left."""
    html: str = case["html"]
    at = 0
    for link in links:
        at = html.index(link.href, html.lower().index("href", at))
        while html[at - 1] not in "\"'=":  # a decoy that holds the same text
            at = html.index(link.href, at + 1)
        if link.number is not None:
            html = html[:at] + f"{OUT}{link.number}" + html[at + len(link.href) :]
        at += 1
    return html.replace(' data-track="off"', "")


@pytest.mark.parametrize("case", cases_of("links.json"))
def test_link(case: dict[str, Any]) -> None:
    links = links_in(case["html"])
    expected = [each for each in case["links"] if each["action"] != "rewrite_or_keep"]
    assert [link.href for link in links] == [each["href"] for each in expected]
    merge = case.get("merge", {})
    for link, wanted in zip(links, expected, strict=True):
        if wanted["action"] == "refuse" and link.action is Action.REWRITE:
            with pytest.raises(LinkRefused):
                destination_of(link, merge)
            continue
        assert link.action is ACTIONS[wanted["action"]], link.message
        if link.action is Action.REWRITE:
            answers = [wanted["destination"], *wanted.get("also_ok", [])]
            assert destination_of(link, merge) in answers
        if link.action is Action.REFUSE:
            assert link.message
        assert link.level == wanted.get("checker", "error" if link.message else "")
        assert link.label == case.get("report_label", link.label)


@pytest.mark.parametrize("case", cases_of("links.json"))
def test_everything_outside_rewritten_values_stays(case: dict[str, Any]) -> None:
    links = links_in(case["html"])
    rewritten = rewrite(case["html"], lambda number: f"{OUT}{number}")
    assert all(part in rewritten for part in case.get("must_stay", []))
    if case["id"] not in {"decoy-attributes", "conditional-comment"}:  # must_stay says it there
        assert rewritten == expected_after_rewriting(case, links)
    numbers = {link.number for link in links if link.number is not None}
    assert len(numbers) == case.get("distinct_destinations", len(numbers))
    if not case["links"]:
        assert rewritten == case["html"]


def test_a_link_that_is_one_field_is_filled_in_and_not_tracked() -> None:
    html = '<a href="{{ contact.profile_url }}">x</a>'
    assert rewrite(html, lambda _: OUT) == html
    filled = html_template(html).render({"contact": {"profile_url": "https://example.test/u/1"}})
    assert filled == '<a href="https://example.test/u/1">x</a>'
