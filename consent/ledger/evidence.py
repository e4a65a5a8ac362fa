"""What the page of one record shows: the act in words, the facts, the chain around it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.urls import reverse

from consent.evidence.seeing import (
    answers_question,
    fresh_link,
    mail_that_led,
    requests_among,
    seen_in,
)
from consent.forms.texts import language_name
from consent.ledger import chain, shown
from consent.ledger.reading import Line, history
from consent.ledger.showing import chain_state
from consent.ledger.times import day, day_or_time, duration, evidence_time, short_time
from consent.models import ConsentPrivate, ConsentRecord, ConsentRequest, TextVersion
from marketing.models import Account, Contact, Member, Suppression
from marketing.rules.countries import country_name

Event = ConsentRecord.Event
# event -> icon and colour family in a timeline
_LOOKS: Final = {
    "asked": ("mail", "blue"),
    "agreed": ("check", "green"),
    "refused": ("x", "slate"),
    "withdrew": ("arrow-back-up", "orange"),
    "imported": ("file-import", "grey"),
    "expired": ("clock-off", "slate"),
    "complained": ("flag", "red"),
    "bounced": ("alert-circle", "red"),
    "blocked": ("ban", "slate"),
    "unblocked": ("rotate", "grey"),
}
# (event, purpose) -> what the person did; purpose "" for both
_SENTENCES: Final = {
    ("asked", ""): "was asked",
    ("agreed", "newsletter"): "agreed to the newsletter",
    ("agreed", "tracking"): "agreed to tracking",
    ("refused", "newsletter"): "refused the newsletter",
    ("refused", "tracking"): "refused tracking",
    ("withdrew", "newsletter"): "left the newsletter",
    ("withdrew", "tracking"): "stopped tracking",
    ("imported", ""): "was imported",
    ("expired", ""): "never answered: the request expired",
    ("complained", ""): "complained",
    ("bounced", ""): "can not be reached: the address bounced",
    ("blocked", ""): "was blocked",
    ("unblocked", ""): "was unblocked",
}


@dataclass(frozen=True)
class Neighbour:
    """One link of the chain beside a record."""

    seq: int
    hash: str
    is_here: bool


def record_page(account: Account, record: ConsentRecord) -> dict[str, Any]:
    """The context of one record's page."""
    facts = chain.facts_of(record.body)
    beside = _beside(account, record)
    private = {kind: value for kind, (value, gone) in beside.items() if gone is None}
    text = (
        TextVersion.objects.for_account(account)
        .select_related("form")
        .filter(pk=record.text_version_id or 0)
        .first()
    )
    lines = history(account.pk, bytes(record.address_hash))
    here = next((line for line in lines if line.seq == record.seq), None)
    neighbours, fits = _neighbours(account, record)
    seen = seen_in(record, shown.of_record(record), private, text)
    who = _who(account, record, private)
    return {
        "record": record,
        "title": f"{who} {sentence(record.event, record.purpose)}",
        "when": evidence_time(record.at, account.time_zone),
        "text": text if seen.kind else None,
        "text_language": language_name(text.language) if text else "",
        "seen": seen,
        "text_fits": text is None or facts.get("text_hash", text.hash) == text.hash,
        "facts": _facts(account, record, beside, here),
        "neighbours": neighbours,
        "fits": fits,
        "timeline": [_item(account, line, record.seq) for line in lines],
    } | chain_state(account)


def rule_in_words(rule: str) -> str:
    """ "FR+DE 2026-11-25" as "France and Germany, policy 2026-11-25"."""
    countries, _, version = rule.partition(" ")
    names = " and ".join(country_name(code) for code in countries.split("+") if code)
    return f"{names}, policy {version}" if version else ""


def sentence(event: str, purpose: str) -> str:
    """What happened, after the person's name."""
    return _SENTENCES.get((event, purpose)) or _SENTENCES.get((event, "")) or event


def _facts(
    account: Account,
    record: ConsentRecord,
    beside: dict[str, tuple[str, datetime | None]],
    here: Line | None,
) -> list[tuple[str, str]]:
    facts = chain.facts_of(record.body)

    def value(kind: str) -> str:
        # The chain remembers that there was a value; the value itself may be gone.
        text, gone = beside.get(kind, ("", None))
        if gone is not None:
            return f"Deleted on {day(gone, account.time_zone)}"
        return text or ("Deleted" if f"{kind}_hash" in facts else "")

    asked = _request(account, record)
    message_id = mail_that_led(record, _of_requests(account, record))
    other_mail = message_id != facts.get("message_id", "")
    rows = [
        ("Address as typed", value("address")),
        ("Purpose", record.get_purpose_display()),
        ("What was done", record.get_act_display()),
        ("Member", _member(account, record)),
        ("Detail", _detail(record, facts.get("detail", ""))),
        ("Time", evidence_time(record.at, account.time_zone)),
        ("Led here by", fresh_link(record, account.time_zone)),
        ("Request mail sent", evidence_time(asked, account.time_zone) if asked else ""),
        ("Message-ID", message_id),
        ("Server replied", "" if other_mail else value("reply")),
        ("Answer after", duration(record.at - asked) if asked and asked < record.at else ""),
        ("IP address", value("ip")),
        ("Browser", value("agent")),
        ("Name as typed", value("name")),
        ("Agreed elsewhere", _proved(facts, account)),
        ("Text they agreed to", value("proof")),
        ("Source", here.where_from if here else value("source")),
        ("Language", language_name(facts["language"]) if "language" in facts else ""),
        ("Rule applied", rule_in_words(facts.get("rule", ""))),
    ]
    return [(name, shown) for name, shown in rows if shown]


def _proved(facts: dict[str, str], account: Account) -> str:
    return day_or_time(facts["proof_at"], account.time_zone) if "proof_at" in facts else ""


def _member(account: Account, record: ConsentRecord) -> str:
    """Who of the account did it; the chain keeps the number of a member who has left."""
    if record.member_id is None:
        return ""
    found = Member.objects.filter(account=account, pk=record.member_id).select_related("user")
    return next((member.user.display_name for member in found), "A member who left")


def _detail(record: ConsentRecord, detail: str) -> str:
    """As it is stored; of a block that was lifted in the words of Suppression."""
    if detail.startswith(chain.BY_FRESH_LINK):
        return ""  # said under "Led here by"
    if record.event != Event.UNBLOCKED or detail not in Suppression.Reason.values:
        return detail
    return f"Lifted: {Suppression.Reason(detail).label}"


def _beside(account: Account, record: ConsentRecord) -> dict[str, tuple[str, datetime | None]]:
    """Kind of private value -> the value, and when it was deleted."""
    rows = ConsentPrivate.objects.for_account(account).filter(seq=record.seq)
    found = rows.values_list("kind", "value", "deleted_at")
    return {kind: (value, gone) for kind, value, gone in found}


def _request(account: Account, record: ConsentRecord) -> datetime | None:
    if record.request_id is None or not answers_question(record):
        return None
    asked = ConsentRequest.objects.for_account(account).filter(pk=record.request_id)
    return asked.values_list("asked_at", flat=True).first()


def _of_requests(account: Account, record: ConsentRecord) -> frozenset[str]:
    every = ConsentRecord.objects.for_account(account).filter(address_hash=record.address_hash)
    return requests_among(every.filter(act=ConsentRecord.Act.REQUEST_MAIL))


def _neighbours(account: Account, record: ConsentRecord) -> tuple[list[Neighbour], bool]:
    """The records before and after, and whether this one hashes and links as it should."""
    around = ConsentRecord.objects.for_account(account).filter(
        seq__range=(record.seq - 1, record.seq + 1)
    )
    rows = {row.seq: row for row in around}
    before, after = rows.get(record.seq - 1), rows.get(record.seq + 1)
    own = bytes(record.hash)
    prev = bytes(before.hash) if before else chain.START
    fits = (
        own == chain.link(prev, record.body)
        and bytes(record.prev_hash) == prev
        and (after is None or bytes(after.prev_hash) == own)
    )
    shown = [
        Neighbour(
            seq, f"{bytes(row.hash).hex()[:4]}…{bytes(row.hash).hex()[-4:]}", seq == record.seq
        )
        for seq, row in sorted(rows.items())
    ]
    return shown, fits


def _who(account: Account, record: ConsentRecord, private: dict[str, str]) -> str:
    contact = Contact.objects.for_account(account).filter(address_hash=record.address_hash).first()
    return contact.name if contact else private.get("address") or "Somebody we no longer know"


def _item(account: Account, line: Line, here: int) -> dict[str, str]:
    icon, family = _LOOKS.get(line.event, ("history", "grey"))
    which = "This record" if line.seq == here else f"Record {line.seq:,}"
    return {
        "icon": icon,
        "family": family,
        "title": sentence(line.event, line.purpose).capitalize(),
        "detail": f"{short_time(line.at, account.time_zone)}. {line.where_from}. {which}",
        "url": "" if line.seq == here else reverse("consent:record", args=[account.pk, line.seq]),
    }
