"""The PDF for people: what was asked and answered, in order, fonts inside, tagged for readers.

Headings and paragraphs are tagged in reading order and the document says its language, so that a
screen reader reads it as it stands. Nothing is decided here; all of it stands in records.json, too.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from django.utils import timezone
from fpdf import FPDF
from fpdf.prefs import ViewerPreferences

from consent.evidence.gathering import Evidence
from consent.evidence.seeing import answers_question, fresh_link
from consent.forms.texts import language_name
from consent.ledger import chain
from consent.ledger.evidence import rule_in_words, sentence
from consent.ledger.times import day, day_or_time, evidence_time
from consent.models import ConsentRecord

_FONTS: Final = Path(__file__).parent / "fonts"
_FONT: Final = "DejaVu"
_INK, _GREY = (27, 32, 48), (91, 100, 117)
# Letters the font does not have become a sign; records.json has them all.
logging.getLogger("fpdf.output").setLevel(logging.ERROR)
logging.getLogger("fontTools").setLevel(logging.ERROR)

_VALUES: Final = (
    ("address", "Address as typed"),
    ("ip", "IP address"),
    ("agent", "Browser or program"),
    ("name", "Name as typed"),
    ("source", "Where from"),
    ("reply", "Server replied"),
    ("proof", "Text they agreed to elsewhere"),
)


class Document(FPDF):
    """A page in our look; `said` writes one tagged block."""

    def __init__(self, *, title: str, foot: str) -> None:
        super().__init__(format="A4")
        self._foot = foot
        self.set_margins(20, 18, 20)
        self.set_auto_page_break(True, 20)
        self.add_font(_FONT, "", _FONTS / "DejaVuSans.ttf")
        self.add_font(_FONT, "B", _FONTS / "DejaVuSans-Bold.ttf")
        self.set_title(title)
        self.set_lang("en")
        self.set_creator("Assent")
        # The window says the title, not the file's name: what a screen reader says first.
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self.add_page()

    def footer(self) -> None:
        """Page number and whose it is; no part of the text that is read out."""
        self.set_y(-14)
        self.set_font(_FONT, "", 7.5)
        self.set_text_color(*_GREY)
        self._out("/Artifact BMC")
        self.cell(0, 5, f"{self._foot} · page {self.page_no()}", align="C")
        self._out("EMC")

    def said(
        self,
        text: str,
        *,
        tag: str = "P",
        size: float = 9.5,
        bold: bool = False,
        after: float = 1.5,
    ) -> None:
        """One block of text, kept on one page."""
        self.set_font(_FONT, "B" if tag[0] == "H" else "", size)
        self.set_text_color(*(_GREY if tag == "Caption" else _INK))
        height = size * 0.52
        needed = self.multi_cell(0, height, text, dry_run=True, output="HEIGHT")
        if isinstance(needed, float) and self.will_page_break(min(needed, 200.0)):
            self.add_page()
        with self._tagged(tag):
            self.multi_cell(0, height, text, new_x="LMARGIN", new_y="NEXT", align="L")
        self.ln(after)

    @contextmanager
    def _tagged(self, tag: str) -> Iterator[None]:
        # fpdf2 tags pictures only; its own parts make the same structure for text.
        mcid = self.struct_builder.next_mcid_for_page(self.page)
        self._add_marked_content(struct_type=f"/{tag}", mcid=mcid)
        self._out(f"/{tag} <</MCID {mcid}>> BDC")
        yield
        self._out("EMC")


def pdf_of(evidence: Evidence) -> bytes:
    """The whole document."""
    account = evidence.account
    who = evidence.address() or "an address that was deleted"
    now = timezone.now()
    made = evidence_time(now, account.time_zone)
    pdf = Document(title=f"Evidence of consent: {who}", foot=f"{account.name} · made {made}")
    pdf.said("Evidence of consent", tag="H1", size=18, after=2)
    pdf.said(f"About {who}, kept by {account.name}, {account.postal_address}".rstrip(", "))
    pdf.said(f"{_many(len(evidence.records))}, oldest first. Made {made}.", tag="Caption", size=8.5)
    for record in evidence.records:
        _record(pdf, evidence, record)
    _chain_state(pdf, evidence)
    return bytes(pdf.output())


def _record(pdf: Document, evidence: Evidence, record: ConsentRecord) -> None:
    pdf.ln(3)
    happened = sentence(record.event, record.purpose).capitalize()
    pdf.said(f"Record {record.seq:,}: {happened}", tag="H2", size=12.5)
    zone = evidence.account.time_zone
    lines = [
        f"When: {evidence_time(record.at, zone)}",
        f"How: {record.get_act_display()}",
        f"Purpose: {record.get_purpose_display()}",
    ]
    facts = chain.facts_of(record.body)
    lines += _led_by(evidence, record)
    if facts.get("proof_at"):
        lines.append(f"Agreed elsewhere on: {day_or_time(facts['proof_at'], zone)}")
    if facts.get("rule"):
        lines.append(f"Rule applied: {rule_in_words(facts['rule'])}")
    lines += _values(evidence, record)
    pdf.said("\n".join(lines))
    _text(pdf, evidence, record)
    pdf.said(
        f"Fingerprint (SHA-256): {bytes(record.hash).hex()}\n"
        f"Of the record before: {bytes(record.prev_hash).hex()}",
        tag="Caption",
        size=7.5,
    )


def _led_by(evidence: Evidence, record: ConsentRecord) -> list[str]:
    """The mail that led to the act, as far as it is known."""
    link = fresh_link(record, evidence.account.time_zone)
    message_id = evidence.mail_that_led(record)
    asked = "asked" if answers_question(record) else "led here"
    named = "Message-ID" if record.act == "request_mail" else f"Message-ID of the mail that {asked}"
    lines = [f"{named}: {message_id}"] if message_id else []
    return [*lines, f"Led here by: {link}"] if link else lines


def _values(evidence: Evidence, record: ConsentRecord) -> list[str]:
    rows = evidence.private.get(record.seq, {})
    lines = []
    # The reply is that of the mail that led here, or of none.
    of_other = {"reply"} if evidence.names_another_mail(record) else set()
    for kind, label in _VALUES:
        row = rows.get(kind)
        if row is not None and kind not in of_other:
            gone = row.deleted_at
            shown = f"deleted on {day(gone, evidence.account.time_zone)}" if gone else row.value
            lines.append(f"{label}: {shown}")
    return lines


def _text(pdf: Document, evidence: Evidence, record: ConsentRecord) -> None:
    """The very words of the page or mail, or in words why there was none."""
    seen, text = evidence.seen(record), evidence.texts.get(record.text_version_id or 0)
    if not seen.kind:
        pdf.said("What was shown", tag="H3")
        pdf.said(seen.note, after=1)
        return
    of = (
        f": {text.form.name}, version {text.number}, {language_name(text.language)}" if text else ""
    )
    pdf.said(f"What was shown{of}", tag="H3")
    for paragraph in seen.words:
        pdf.said(paragraph, after=1)
    if seen.note:
        pdf.said(seen.note, tag="Caption", size=8)
    if seen.html:
        place = "page.html" if seen.kind == "page" else "mail.eml"
        pdf.said(f"In full: record-{record.seq}-{place}", tag="Caption", size=8)


def _chain_state(pdf: Document, evidence: Evidence) -> None:
    check, zone = evidence.check, evidence.account.time_zone
    pdf.ln(3)
    pdf.said("Is it unchanged?", tag="H2", size=12.5)
    if check is None:
        said = "The whole chain of the account was not looked at yet."
    elif check.bad_seq is None:
        said = (
            f"The whole chain of the account, {check.records:,} records, was found intact on "
            f"{evidence_time(check.checked_at, zone)}. Its newest record then had the fingerprint "
            f"{bytes(check.head).hex()}."
        )
    else:
        said = (
            f"On {evidence_time(check.checked_at, zone)} the chain of the account was found broken "
            f"at record {check.bad_seq:,}."
        )
    pdf.said(said)
    pdf.said("How to check this yourself: how-to-verify.txt, beside this document.")


def _many(records: int) -> str:
    return "1 record" if records == 1 else f"{records:,} records"
