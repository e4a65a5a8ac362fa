"""The fast way of writing a mail says what Django's own classes say, byte for byte of its parts."""

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.policy import default
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives

from campaigns.composing.fragments import Fragment
from campaigns.composing.merging import MergeFailed, html_template
from campaigns.sending.mails.writing import Addressee, Source, Writer
from mailwire.message import Mail
from tests.cases.files import cases_of

SENT_AT = datetime(2026, 11, 3, 10, tzinfo=UTC)
ANA: dict[str, Any] = {
    "first_name": 'Ana <b> & "J\u00e9"',
    "last_name": "Mu\u00f1oz",
    "email": "ana@example.com",
    "country": "FR",
    "language": "fr",
    "fields": {"profile_url": "https://example.test/u/1?a=1&b=2", "city": "K\u00f6ln", "vip": True},
}
FRAME = """<!doctype html><html><body>
<p>Hello {{ contact.first_name | default: "you" }},</p>
SNIPPET
{% if contact.fields.vip %}<a href="{{ unsubscribe_url }}">{{ contact.last_name }}</a>{% endif %}
{% for word in contact.fields.words %}<b>{{ word }}</b>{% endfor %}
<a href="{{ unsubscribe_url }}">Unsubscribe</a> <a href="{{ choices_url }}">Choices</a>
{% if stop_tracking_url and stop_tracking_url != "" %}
<a href="{{ stop_tracking_url }}">Stop</a>{% endif %}
{% if pixel_url and pixel_url != "" %}<img src="{{ pixel_url }}" alt="">{% endif %}</body></html>
"""
TEXT = """Hello {{ contact.first_name }},
.a dot begins this line
.
From here on: {{ contact.fields.city }}.
{% if contact.country == "FR" %}Bonjour{% else %}Hi{% endif %}
Unsubscribe: {{ unsubscribe_url }}
"""


def source(html: str, *, subject: str = "Hello {{ contact.first_name }}", **told: Any) -> Source:
    parts: dict[str, Any] = {"text": TEXT, "opens": True, "clicks": True, "reply_to": ""} | told
    return Source(
        account_id=42,
        campaign_id=7,
        from_name=parts.pop("from_name", "Acme, Bikes"),
        from_address="news@acme.example",
        subject=subject,
        html=html,
        **parts,
    )


def addressee(**contact: Any) -> Addressee:
    return Addressee(
        contact_id=9001, address="ana@example.com", contact=ANA | contact, sent_at=SENT_AT
    )


def by_django(mail: Mail) -> bytes:
    """The message as Django's own classes make it."""
    name = mail.from_name.replace("\\", "\\\\").replace('"', '\\"')
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        from_email=f'"{name}" <{mail.from_address}>',
        to=[mail.to_address],
        reply_to=[mail.reply_to] if mail.reply_to else None,
        headers={
            "Message-ID": mail.message_id,
            "Date": "Tue, 03 Nov 2026 10:00:00 +0000",
            **dict(mail.headers),
        },
    )
    message.attach_alternative(mail.html, "text/html")
    made: bytes = message.message().as_bytes(linesep="\r\n")
    return made


def headers_of(raw: bytes) -> dict[str, str]:
    """Every header as it reads, however it is folded and encoded."""
    found = message_from_bytes(raw)
    assert len(found.keys()) == len({name.lower() for name in found})
    values = {name: read(str(value)) for name, value in found.items()}
    # The boundary is anybody's choice.
    values["Content-Type"] = found.get_content_type()
    return values


def read(value: str) -> str:
    """As a reader sees it. Django loses blanks at the ends of a subject: they do not count."""
    shown = str(make_header(decode_header(re.sub(r"\r?\n(?=[ \t])", "", value)))).strip(" ")
    quoted = re.match(r'"((?:[^"\\]|\\.)*)" <', shown)
    if quoted is None:
        return shown
    return re.sub(r"\\(.)", r"\1", quoted[1]) + shown[quoted.end(1) + 1 :]


def parts_of(raw: bytes) -> list[tuple[str, str | None, str]]:
    """Type, charset and decoded text of each part, whatever the line ends."""
    found = message_from_bytes(raw, policy=default)
    assert isinstance(found, EmailMessage)
    assert not found.defects
    return [
        (part.get_content_type(), part.get_content_charset(), decoded(part))
        for part in found.iter_parts()
    ]


def decoded(part: Message) -> str:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return re.sub("\r\n|\r", "\n", content.decode())


def assert_says_what_django_says(writer: Writer, person: Addressee) -> bytes:
    raw, expected = writer.bytes_to(person), by_django(writer.mail_to(person))
    assert headers_of(raw) == headers_of(expected)
    assert parts_of(raw) == parts_of(expected)
    assert_well_formed(raw)
    return raw


def assert_well_formed(raw: bytes) -> None:
    assert raw.isascii()
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", raw)
    for line in raw.split(b"\r\n"):
        assert len(line) <= 998
        assert not line.startswith(b".")
    body = raw.partition(b"\r\n\r\n")[2]
    assert all(len(line) <= 78 for line in body.split(b"\r\n"))


@pytest.mark.parametrize("case", cases_of("links.json"))
@pytest.mark.parametrize("is_tracked", [True, False])
def test_each_snippet_is_written_as_django_would(case: dict[str, Any], is_tracked: bool) -> None:
    told: dict[str, Any] = {"opens": is_tracked, "clicks": is_tracked}
    writer = Writer(source(FRAME.replace("SNIPPET", case["html"]), **told))
    assert_says_what_django_says(writer, addressee(**case.get("merge", {})))


@pytest.mark.parametrize("case", cases_of("headers.json"))
def test_each_header_case_reads_as_in_djangos_message(case: dict[str, Any]) -> None:
    told = {
        "subject": {"subject": case["input"]},
        "merged_subject": {"subject": case["input"]},
        "display_name": {"from_name": case["input"]},
        "reply_to": {"reply_to": case.get("expected_decoded")},
    }.get(case["field"])
    # Django writes a typed encoded-word as it stands, so that it reads as something else.
    is_lost_by_django = "=?" in str(case["input"]) + str(case.get("contact", ""))
    if told is None or case["verdict"] not in {"accept", "clean"} or is_lost_by_django:
        return
    writer, person = Writer(source("<p>Hello</p>", **told)), addressee(**case.get("contact", {}))
    raw = writer.bytes_to(person)
    assert_well_formed(raw)
    assert headers_of(raw) == headers_of(by_django(writer.mail_to(person)))


def html_of(raw: bytes) -> str:
    return parts_of(raw)[1][2]


@pytest.mark.parametrize("shift", range(12))
def test_dots_long_words_and_urls_at_the_fold_survive(shift: int) -> None:
    html = (
        f"{'x' * (70 + shift)}.html\n.\n..\nFrom me\n{'y' * 2000}\n"
        f"{'z' * (68 + shift)}<a href='https://example.com/a.b?c=d&amp;e=%20"
        "{{ contact.fields.city }}'>"
        "{{ contact.first_name }}.{{ contact.last_name }}{{ contact.country }}\n\n \n\t"
    )
    for first_name in ["", ".", "..", " ", "From ", "a ", "\u00e9" * 40, "x" * 200 + "."]:
        writer = Writer(source(html))
        assert_says_what_django_says(writer, addressee(first_name=first_name))


@pytest.mark.parametrize(
    "html",
    [
        "<p>{{ unsubscribe_url | upcase }}</p>{{ contact.first_name }}",
        "{% if unsubscribe_url contains 'example' %}yes{% endif %}<p>{{ contact.first_name }}</p>",
        "{% for letter in unsubscribe_url %}{{ letter }}{% endfor %}",
        "{% case pixel_url %}{% when '' %}no{% else %}yes{% endcase %}",
        "{% for a in contact.fields.list %}{{ a }}{% endfor %}" * 7,
        "{% if contact.fields[contact.country] %}{{ contact.fields[contact.country] }}{% endif %}",
        "{% comment %}{{ unsubscribe_url }}{% endcomment %}{{ contact.fields.list.size }}",
    ],
)
def test_templates_that_look_deeper_are_rendered_for_each_person(html: str) -> None:
    writer = Writer(source(html, subject="{{ contact.fields.FR }} {{ unsubscribe_url }}"))
    for fields in [{"FR": "oui", "list": [1, 2]}, {"FR": "", "list": "abc"}, {}]:
        assert_says_what_django_says(writer, addressee(fields=fields))


def test_people_with_like_values_get_their_own() -> None:
    html = (
        "{{ contact.fields.a }}|"
        "{% if contact.fields.a == 1 %}<a href='{{ unsubscribe_url }}'>{% endif %}"
    )
    writer = Writer(source(html))
    for value in [1, True, "1", 1.0, None, [1], {"b": 1}, "\u00e9", "", False, 0]:
        assert_says_what_django_says(writer, addressee(fields={"a": value}))
    first, second = (
        Addressee(
            contact_id=number,
            address="x@example.com",
            contact={"fields": {"a": 1}},
            sent_at=SENT_AT,
        )
        for number in (1, 2)
    )
    assert html_of(writer.bytes_to(first)) != html_of(writer.bytes_to(second))


def test_the_same_person_gets_the_same_bytes_again() -> None:
    html = FRAME.replace("SNIPPET", "<a href='https://example.com/'>x</a>")
    assert Writer(source(html)).bytes_to(addressee()) == Writer(source(html)).bytes_to(addressee())


def test_a_template_that_grows_beyond_all_bounds_is_refused_as_before() -> None:
    loop = "{% for each in contact.fields.list %}"
    grown = f"{loop}{loop}x{{% endfor %}}{{% endfor %}}"
    writer = Writer(source(grown))
    with pytest.raises(MergeFailed):
        writer.bytes_to(addressee(fields={"list": list(range(500))}))


def test_many_long_values_do_not_fill_the_memory() -> None:
    fragment = Fragment(html_template("{{ contact.first_name }}"), {}, str)
    for number in range(300):
        name = f"{number:04}" + "x" * 20_000
        assert fragment.made_for({"first_name": name}) == name
    assert sum(map(len, fragment._kept.values())) < 2_100_000
