"""What the person of a record saw, and which mail led there: one answer for screen, PDF and JSON.

Shown is the page or mail that was kept with the record; of a question that is older than that, its
words. Where there was neither it is said in words.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from consent.evidence.words import words_of
from consent.ledger import chain, shown
from consent.ledger.times import evidence_time
from consent.models import ConsentRecord, Shown, TextVersion

Event, Act = ConsentRecord.Event, ConsentRecord.Act

# Acts on the request's own page or mail: the words of its version were shown.
_OF_QUESTION: Final = frozenset({Act.REQUEST_MAIL, Act.BUTTON, Act.BOX_TICKED, Act.BOX_EMPTY})
# Only a link of the request itself leads to these.
_BY_REQUEST: Final = _OF_QUESTION | {Act.REQUEST_LINK, Act.ONE_CLICK, Act.MAILTO, Act.SERVER}
_NOT_KEPT: Final = "The page itself was not kept."
_BY_MEMBER: Final = "No page was shown: a member did this."
_BY_FILE: Final = "Nothing of ours was shown: this came with a file."
_OWN_DATA: Final = "Pressed on a page with the person’s own data. Such a page is not kept."
_NOTHING: Final[Mapping[str, str]] = {
    Act.ONE_CLICK: "No page was shown: it was one click in the mail program.",
    Act.MAILTO: "No page was shown: a mail came to the unsubscribe address.",
    Act.FOOTER_LINK: f"Pressed on the unsubscribe page. {_NOT_KEPT}",
    Act.REQUEST_LINK: f"Pressed on the page “Never write to me again”. {_NOT_KEPT}",
    Act.COME_BACK: f"Pressed on the page of the mail to come back. {_NOT_KEPT}",
    Act.PREFERENCES: _OWN_DATA,
    Act.STOP_TRACKING: _OWN_DATA,
    Act.ERASED: _OWN_DATA,
    Act.MEMBER: _BY_MEMBER,
    Act.API: "No page was shown: a program did this.",
    Act.IMPORT_PROOF: _BY_FILE,
    Act.IMPORT_CLAIM: _BY_FILE,
    Act.SERVER: "No page was shown: a mail server reported this.",
}
_EXPIRED: Final = "Nothing was shown: the time to answer ended."
_UNARRIVED: Final = "This mail did not arrive."
MADE_AGAIN: Final = "Made again of the words of this version. The page or mail itself was not kept."


@dataclass(frozen=True)
class Seen:
    """`kind`: page, mail, or "" for neither; `note` says what has to be known about it, or why
    there is nothing. `html` is "" where only the words are known."""

    kind: str = ""
    words: tuple[str, ...] = ()
    note: str = ""
    html: str = ""


def seen_in(
    record: ConsentRecord,
    kept: Shown | None,
    private: Mapping[str, str],
    text: TextVersion | None,
) -> Seen:
    """What was seen, of the kept page or mail, the record's private values and its text version."""
    if kept is not None and kept.kind == Shown.Kind.PAGE:
        html = shown.as_seen(kept, private)
        return Seen("page", tuple(words_of(html)), html=html)
    if kept is not None:
        words = _mail_words(json.loads(kept.content), json.loads(private.get("mail", "{}")))
        note = _UNARRIVED if record.event == Event.BOUNCED else ""
        return Seen("mail", words, note, html=shown.as_seen(kept, private))
    if record.event == Event.EXPIRED:
        return Seen(note=_EXPIRED)
    if text is not None and record.act in _OF_QUESTION:
        kind = "mail" if record.act == Act.REQUEST_MAIL else "page"
        return Seen(kind, _question_words(text, kind), MADE_AGAIN)
    if record.act == Act.ERASED and record.member_id is not None:
        return Seen(note=_BY_MEMBER)
    return Seen(note=_NOTHING.get(record.act, "No text of ours was shown for this."))


def answers_question(record: ConsentRecord) -> bool:
    """Whether the record is the answer to the one request, on its own page."""
    return record.act in _OF_QUESTION and record.act != Act.REQUEST_MAIL


def fresh_link(record: ConsentRecord, zone: str) -> str:
    """When the fresh link that led to the act was mailed, in words; "" for any other way."""
    detail = chain.facts_of(record.body).get("detail", "")
    if not detail.startswith(chain.BY_FRESH_LINK):
        return ""
    at = datetime.fromisoformat(detail.removeprefix(chain.BY_FRESH_LINK))
    return f"A fresh link, mailed to this address on {evidence_time(at, zone)}"


def mail_that_led(record: ConsentRecord, of_requests: Collection[str]) -> str:
    """Message-ID of the mail that led to the act; "" where it is not known.

    `of_requests`: those of the mails that asked this person. Records of older releases name one of
    them even where a fresh link led to the act.
    """
    facts = chain.facts_of(record.body)
    message_id = facts.get("message_id", "")
    if message_id not in of_requests or record.act in _BY_REQUEST:
        return message_id
    by_its_link = record.event == Event.WITHDREW and "shown_hash" in facts
    return message_id if by_its_link else ""


def requests_among(records: Iterable[ConsentRecord]) -> frozenset[str]:
    """Message-IDs of the mails that asked, of one person's records."""
    asked = (record for record in records if record.act == Act.REQUEST_MAIL)
    return frozenset(chain.facts_of(record.body).get("message_id", "") for record in asked)


def _mail_words(parts: dict[str, str], values: Mapping[str, str]) -> tuple[str, ...]:
    subject, text = (shown.filled(parts[name], values, html=False) for name in ("subject", "text"))
    return (f"Subject: {subject}", *filter(None, (line.strip() for line in text.splitlines())))


def _question_words(text: TextVersion, kind: str) -> tuple[str, ...]:
    subject = [f"Subject: {text.subject}"] if kind == "mail" else []
    box = [f"[ ] {text.tracking_question} (where the law wants it asked)"]
    buttons = [f"Button: “{text.yes}”", f"Button: “{text.no}”"]
    return (*subject, text.question, text.text, *(box if text.tracking_question else []), *buttons)
