"""The mail of the benchmark: 30 KB, personal, ten tracked links in each of two parts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from mailwire.compiled import CompiledMail, Pattern
from mailwire.fields import fields
from mailwire.message import verp
from marketing.tokens import Tokens

SENDER = "news@bench.example"
_WORDS = "Warm days ask for light things, and we have put together what we like best. "
_STYLE = "margin:0 0 16px;font-family:Arial,sans-serif;font-size:16px;line-height:1.5;color:#222"
_NAMES = ("Ana", "Zo\u00eb", "Tom", "J\u00fcrgen", "Mia", "Ren\u00e9e", "Li", "Noor")


def _text() -> str:
    links = [
        f"{number}. {_WORDS * 15}\n<https://t.example/link/{{{{ track }}}}/{number}>\n"
        for number in range(1, 11)
    ]
    return "\n".join(
        ["Hello {{ name }},", *links, "Leave: https://bench.example/u/{{ leave }}", ""]
    )


def _html() -> str:
    links = [
        f'<p style="{_STYLE}">{_WORDS * 17}'
        f'<a href="https://t.example/link/{{{{ track }}}}/{number}">Look at it</a></p>\n'
        for number in range(1, 11)
    ]
    return (
        "<!doctype html><html><body><p>Hello {{ name }},</p>\n"
        + "".join(links)
        + '<p><a href="https://bench.example/u/{{ leave }}">Unsubscribe</a></p>'
        + '<img src="https://t.example/pixel/{{ track }}.gif" alt=""></body></html>\n'
    )


TEXT, HTML, SUBJECT = _text(), _html(), "What we like best, {{ name }}"
LEAVE = "<https://bench.example/u/{{ leave }}>, <mailto:u@bench.example?subject=unsubscribe>"
PATTERN = Pattern(
    from_name="Bench",
    from_address=SENDER,
    subject=fields(SUBJECT),
    text=fields(TEXT),
    html=fields(HTML),
    headers=(
        ("List-Unsubscribe", fields(LEAVE)),
        ("List-Unsubscribe-Post", ["List-Unsubscribe=One-Click"]),
        ("List-Id", ["<news.bench.example>"]),
        ("Feedback-ID", ["c1:a1:promo:bench"]),
        ("Precedence", ["bulk"]),
    ),
)


@dataclass(frozen=True, slots=True)
class Person:
    """One of many: what of the mail is theirs."""

    number: int
    address: str
    values: dict[str, str]

    @property
    def message_id(self) -> str:
        """The name of their mail."""
        return f"<c1.r{self.number}@bench.example>"


def people(count: int, *, first: int = 0) -> Iterator[Person]:
    """Invented people, each with tokens made now, as the engine makes them."""
    tokens = Tokens.from_setting("a key for the benchmark only")
    for number in range(first, first + count):
        values = {
            "name": _NAMES[number % len(_NAMES)],
            "track": tokens.make("track", 1, 1, number),
            "leave": tokens.make("leave", 1, 1, number),
        }
        yield Person(number, f"p{number}@people.example", values)


def mails(count: int) -> Iterator[tuple[Person, bytes]]:
    """The finished mails of these people."""
    compiled, sent_at = CompiledMail(PATTERN), datetime.now(UTC)
    for person in people(count):
        raw = compiled.bytes_for(
            person.address, person.values, message_id=person.message_id, sent_at=sent_at
        )
        yield person, raw


def envelope_sender(person: Person) -> str:
    """Where a bounce of this person's mail goes."""
    return verp(f"c1.r{person.number}", "bench.example")
