"""Merge tags: what authors may write, and what contacts can not do with their data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.composing.merging import (
    MergeFailed,
    html_template,
    known_fields,
    problems,
    subject_template,
    text_template,
)

KNOWN = known_fields(["city"])


def merged(source: str, **contact: object) -> str:
    return html_template(source).render({"contact": contact})


@given(st.text())
def test_a_value_is_text_in_html_whatever_it_holds(value: str) -> None:
    shown = merged("<p>{{ contact.first_name }}</p>", first_name=value)
    assert shown.count("<") == 2
    assert shown.count(">") == 2


@given(st.text(), st.sampled_from(['"{}"', "'{}'", "{}"]))
def test_a_value_never_leaves_its_place_in_a_link(value: str, quotes: str) -> None:
    href = quotes.format("https://x.example/?q={{ contact.city }}")
    shown = merged(f"<a href={href}>x</a>", city=value)
    inside = shown.removeprefix("<a href=").removesuffix(">x</a>").strip("\"'")
    assert not set(inside.removeprefix("https://x.example/?q=")) & set("\"'<>&?#/= \n")


@pytest.mark.parametrize("value", ["javascript:alert(1)", "data:x", "//evil", 'https://x/"', "x"])
def test_a_link_that_is_one_field_is_a_web_address_or_nothing(value: str) -> None:
    shown = merged('<a href="{{ contact.url }}">x</a>', url=value)
    assert shown in {'<a href="">x</a>', '<a href="https://x/%22">x</a>'}


def test_contact_data_is_never_a_template() -> None:
    value = "{{ contact.email }}{% for i in (1..9) %}x{% endfor %}"
    assert merged("{{ contact.first_name }}", first_name=value, email="secret") == value


def test_missing_fields_print_nothing_at_delivery() -> None:
    assert merged('Hi {{ contact.nobody.at.all }}{{ contact.x | default: "you" }}') == "Hi you"


def test_text_and_subject_are_not_escaped_and_a_subject_is_one_line() -> None:
    values = {"contact": {"first_name": "Tom &\n<Jé>"}}
    assert text_template("{{ contact.first_name }}").render(values) == "Tom &\n<Jé>"
    assert subject_template("Hi {{ contact.first_name }}").render(values) == "Hi Tom & <Jé>"


FIELDS = (
    "There are contact.country, contact.email, contact.fields.city, contact.first_name,"
    " contact.language, contact.last_name."
)
FIRST_NAME = "Did you mean contact.first_name?"
FILTERS = (
    "Use capitalize, date, default, downcase, escape, join, strip, truncate, upcase, url_encode,"
    " or take it out."
)
TAGS = "There are break, case, comment, continue, for, if, unless."
LIKE = 'Write a field like {{ contact.first_name | default: "friend" }}.'


@pytest.mark.parametrize(
    ("source", "line", "column", "text"),
    [
        ("a\n {{ contact.shoe }}", 2, 5, f"There is no field contact.shoe. {FIELDS}"),
        ("{{ contact.firstname }}", 1, 4, f"There is no field contact.firstname. {FIRST_NAME}"),
        ("{{ FIRST_NAME }}", 1, 4, f"There is no field FIRST_NAME. {FIRST_NAME}"),
        ("{{ contact.email | safe }}", 1, 20, f"The filter safe is not available. {FILTERS}"),
        (
            "{{ contact.email | append: 'b' }}",
            1,
            20,
            f"The filter append is not available. {FILTERS}",
        ),
        ("x {% assign a = 1 %}", 1, 6, f"{{% assign %}} is not possible. {TAGS}"),
        ("{% include 'x' %}", 1, 4, f"{{% include %}} is not possible. {TAGS}"),
        (
            "x{% endif %}",
            1,
            5,
            "{% endif %} has nothing before it that it belongs to. Take it out.",
        ),
        (
            "{% if contact.email %}",
            1,
            1,
            "{% if %} is not closed. Write {% endif %} where it ends.",
        ),
        (
            "Hi {{ contact first_name }}",
            1,
            15,
            f"{{{{ contact first_name }}}} cannot be read. {LIKE}",
        ),
        ("x {{ contact.email", 1, 3, "{{ is not closed by }}. Write }} where it ends."),
        ("{{" * 50_000, 1, 1, "{{ is not closed by }}. Write }} where it ends."),
        ("{{" * 50_000 + "%}", 1, 1, "{{ is not closed by }}. Write }} where it ends."),
        ("{{ a }}" * 2001, 1, 1, "The text has 2001 fields; at most 2000 are possible."),
        ("a {{ b" + ".c" * 300 + " }}", 1, 3, "A field or condition is too long."),
    ],
)
def test_problems_say_where_and_what(source: str, line: int, column: int, text: str) -> None:
    (problem,) = problems(source, KNOWN)
    assert (problem.line, problem.column, problem.text) == (line, column, text)


@pytest.mark.parametrize(
    "source",
    [
        "",
        "no tags",
        "100 % {off}",
        '{{ contact.first_name | default: "you" | upcase }} {{ unsubscribe_url }}',
        '{% if contact.fields.city == "Rome" %}a{% else %}b{% endif %}',
        "{% for i in (1..3) %}{{ i }}{{ forloop.index }}{% endfor %}",
    ],
)
def test_what_is_allowed_has_no_problems(source: str) -> None:
    assert problems(source, KNOWN) == []


def test_python_can_not_be_reached() -> None:
    class Contact:
        secret = "s"

        def method(self) -> str:
            return "called"

    source = "{{ contact.secret }}{{ contact.method }}{{ contact.__class__ }}{{ d.clear }}"
    assert text_template(source).render({"contact": Contact(), "d": {}}) == ""


@pytest.mark.parametrize(
    "source",
    [
        "{% for i in (1..1000000) %}x{% endfor %}",
        "{% for i in (1..900) %}{% for j in (1..900) %}{% endfor %}{% endfor %}",
        "{% if contact %}" * 40 + "{% endif %}" * 40,
    ],
)
def test_a_template_over_its_limits_fails_instead_of_hanging(source: str) -> None:
    with pytest.raises(MergeFailed):
        text_template(source).render({"contact": {}})
