"""Every act shows its own page or mail, or says that there was none: screen, PDF, JSON and ZIP."""

import io
import json
import re
from html import escape
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

from consent.erasing import erasing
from consent.evidence import verify
from consent.evidence.packing import evidence_zip
from consent.evidence.words import words_of
from consent.forms.versions import latest, standard_form
from consent.ledger.recording import append
from consent.ledger.suppressing import lift, suppress
from consent.models import ConsentRecord, ConsentRequest
from marketing.models import Account, Contact, Member
from marketing.signing import answer_url, choices_url, leave_url, request_leave_url, tokens
from marketing.tenancy import use_account
from tests.consent.making import make_entry, make_request
from tests.consent.test_evidence import files_of, mark_as_mailed
from tests.consent.test_fresh_links import make_link, path
from tests.making import make_account, make_contact, make_member
from tracking.inbound.leaving import unsubscribe

QUESTION = "May we send you our newsletter?"
MEASURING = "May we measure opens and clicks?"
OWN_DATA = "Pressed on a page with the person’s own data."
REQUESTS_MAIL = "@mail.assent.example>"


@pytest.fixture
def studio(db: None) -> Account:
    return make_account("Studio", country="FR", tracking=True)


@pytest.fixture
def lea(studio: Account) -> Contact:
    with use_account(studio):
        return make_contact(studio, "lea@example.test", country="FR")


@pytest.fixture
def asked(studio: Account, lea: Contact) -> ConsentRequest:
    with use_account(studio):
        text = latest(standard_form(studio), "en")
        request = make_request(studio, lea, state="open", asked_at=None, text_version=text)
    mark_as_mailed(studio, request, lea.address)
    return request


@pytest.fixture
def browser() -> Client:
    return Client(REMOTE_ADDR="198.51.100.24", HTTP_USER_AGENT="Safari")


def newest(account: Account) -> ConsentRecord:
    with use_account(account):
        found: ConsentRecord = ConsentRecord.objects.for_account(account).latest("seq")
    return found


class Case:
    """The evidence about the person of a record, as each reader gets it."""

    def __init__(self, account: Account, of: bytes, member: Client) -> None:
        with use_account(account):
            data = evidence_zip(account, of)
        assert verify.problems(data) == []
        self.files, self.member, self.account = files_of(data), member, account
        pages = PdfReader(io.BytesIO(self.files["evidence.pdf"])).pages
        pdf = "\n".join(re.sub(r"Studio · made .*", "", page.extract_text()) for page in pages)
        parts = re.split(r"^Record ([\d,]+): ", pdf, flags=re.MULTILINE)
        self.pdf = dict(zip(map(int, parts[1::2]), parts[2::2], strict=True))
        self.records = {
            row["seq"]: row for row in json.loads(self.files["records.json"])["records"]
        }

    def told(self, seq: int) -> tuple[str, dict[str, Any]]:
        """The record's own screen, and what JSON says; all four agree."""
        seen = self.records[seq]["seen"]
        screen = self.member.get(f"/a/{self.account.pk}/consents/{seq}/").content.decode()
        pdf = "".join(self.pdf[seq].split())
        for said in (*seen["words"], seen["note"], seen["mail_that_led"]):
            assert "".join(said.split()) in pdf
        assert escape(seen["note"]) in screen
        assert escape(seen["mail_that_led"]) in screen
        if not seen["mail_that_led"]:
            assert "Message-ID" not in screen + pdf
        places = [name for name in self.files if name.startswith(f"record-{seq}-")]
        frame = self._frame(screen)
        assert bool(frame) == bool(seen["kind"])
        if seen["kind"] == "page":
            assert places == [f"record-{seq}-page.html"]
            kept = words_of(self.files[places[0]].decode())
            assert words_of(frame) == kept == seen["words"]
        else:
            assert places == [f"record-{seq}-mail.eml"] * (seen["kind"] == "mail")
        return screen, seen

    def _frame(self, screen: str) -> str:
        source = re.search(r'<iframe[^>]*src="([^"]+)"', screen)
        if source is None:
            return ""
        answer = self.member.get(source[1].replace("&amp;", "&"))
        assert answer.status_code == 200
        assert 'href="http' not in answer.content.decode()
        return answer.content.decode()


def last_case(account: Account, member: Client) -> tuple[str, dict[str, Any]]:
    record = newest(account)
    return Case(account, bytes(record.address_hash), member).told(record.seq)


@pytest.fixture
def looking(studio: Account, as_member: Any) -> Client:
    client: Client = as_member(make_member(studio, "rita@studio.example", "viewer"))
    return client


def test_a_yes_by_a_fresh_link_shows_its_own_page_and_nothing_of_the_request(
    studio: Account, lea: Contact, asked: ConsentRequest, browser: Client, looking: Client
) -> None:
    browser.post(path(answer_url(studio.pk, asked.pk)), {"answer": "yes", "tracking": "on"})
    browser.post(path(choices_url(studio.pk, 7, lea.pk)), {"stop": "tracking"})
    browser.post(make_link(studio, lea), {"start": "tracking"})
    screen, seen = last_case(studio, looking)
    assert seen["words"][0] == MEASURING
    assert "Button: “Yes, you may measure it”" in seen["words"]
    assert QUESTION not in seen["words"]
    assert seen["mail_that_led"] == ""
    for of_request in (REQUESTS_MAIL, "Answer after", "Request mail sent", "queued as 4E81"):
        assert of_request not in screen
    assert "A fresh link, mailed to this address on" in screen


def test_each_act_of_a_person_shows_its_own_page_or_says_there_was_none(
    studio: Account, lea: Contact, asked: ConsentRequest, browser: Client, looking: Client
) -> None:
    answer = path(answer_url(studio.pk, asked.pk))
    of_mail, of_request = (choices_url(studio.pk, *of) for of in ((7, lea.pk), (0, asked.pk)))
    footer = path(leave_url(studio.pk, 7, lea.pk))
    fresh, back = make_link(studio, lea), make_link(studio, lea, "come_back")
    claims = tokens.read("leave", footer.rsplit("/", 1)[1])
    assert claims is not None
    again = (fresh, {"start": "newsletter"}, QUESTION)
    steps: list[tuple[str, dict[str, str], str]] = [
        (answer, {"answer": "yes", "tracking": "on"}, QUESTION),
        (path(of_request), {"stop": "tracking"}, "Your choices"),
        (fresh, {"start": "tracking"}, MEASURING),
        (path(of_mail), {"stop": "tracking"}, "Your choices"),
        (answer, {"answer": "no"}, QUESTION),
        again,
        (fresh, {"stop": "newsletter"}, OWN_DATA),
        (back, {"start": "newsletter"}, QUESTION),
        (footer, {"leave": "1"}, "Stop the newsletter?"),
        again,
        (footer, {"List-Unsubscribe": "One-Click"}, "it was one click in the mail program"),
        again,
        (path(of_mail), {"stop": "newsletter"}, "Your choices"),
        again,
    ]
    expected = {}
    for url, body, phrase in steps:
        assert browser.post(url, body).status_code == 200
        expected[newest(studio).seq] = phrase
    unsubscribe(claims, act="mailto")
    expected[newest(studio).seq] = "a mail came to the unsubscribe address"
    case = Case(studio, bytes(lea.address_hash), looking)
    told = {seq: case.told(seq)[1] for seq in case.records}
    assert told[1]["kind"] == "mail"
    assert any(REQUESTS_MAIL in word or QUESTION in word for word in told[1]["words"])
    for seq, phrase in expected.items():
        assert phrase in " ".join([*told[seq]["words"], told[seq]["note"]]), seq
    by_request = [seq for seq, seen in told.items() if seen["mail_that_led"]]
    acts = [case.records[seq]["body"].split("act=")[1].split()[0] for seq in by_request]
    assert acts == ["request_mail", "button", "box_ticked", "stop_tracking", "button"]


def test_never_write_again_names_the_mail_that_asked_and_its_page(
    studio: Account, asked: ConsentRequest, browser: Client, looking: Client
) -> None:
    browser.post(path(request_leave_url(studio.pk, asked.pk)), {"leave": "1"})
    screen, seen = last_case(studio, looking)
    assert "Shall Studio never write to you again?" in seen["words"]
    assert seen["mail_that_led"].endswith(REQUESTS_MAIL)
    assert "Answer after" not in screen


def test_what_others_did_says_that_no_page_was_shown(
    studio: Account, lea: Contact, looking: Client
) -> None:
    of = [bytes(lea.address_hash)]
    with use_account(studio):
        suppress(studio.pk, of, "member")
        lift(studio.pk, of, "member")
        suppress(studio.pk, of, "complaint")
        about: dict[str, Any] = {"address_hash": of[0], "source": "spring.csv, line 2"}
        append(studio.pk, [make_entry("imported", "import_proof", **about)])
        append(studio.pk, [make_entry("expired", "request_mail", **about)])
        append(studio.pk, [make_entry("agreed", "api", **about)])
    case = Case(studio, of[0], looking)
    notes = [case.told(seq)[1]["note"] for seq in case.records]
    assert notes == [
        "No page was shown: a member did this.",
        "No page was shown: a member did this.",
        "No page was shown: a mail server reported this.",
        "Nothing of ours was shown: this came with a file.",
        "Nothing was shown: the time to answer ended.",
        "No page was shown: a program did this.",
    ]


@pytest.mark.parametrize(
    ("by_member", "note"), [(False, OWN_DATA), (True, "No page was shown: a member did this.")]
)
def test_erasing_says_why_there_is_no_page(
    studio: Account, lea: Contact, looking: Client, rita: Member, by_member: bool, note: str
) -> None:
    with use_account(studio):
        erasing.erase(studio, bytes(lea.address_hash), member_id=rita.pk if by_member else None)
    _, seen = last_case(studio, looking)
    assert seen["note"].startswith(note)


def test_an_older_record_that_names_the_request_shows_nothing_of_it(
    studio: Account, lea: Contact, asked: ConsentRequest, browser: Client, looking: Client
) -> None:
    browser.post(path(answer_url(studio.pk, asked.pk)), {"answer": "yes"})
    with use_account(studio):
        asked.refresh_from_db()
        old = make_entry(
            "agreed",
            "preferences",
            purpose="tracking",
            address_hash=bytes(lea.address_hash),
            request_id=asked.pk,
            message_id=asked.message_id,
            server_reply="250 queued as 4E81",
            text_version=asked.text_version_id,
        )
        append(studio.pk, [old])
    screen, seen = last_case(studio, looking)
    assert (seen["words"], seen["mail_that_led"]) == ([], "")
    assert seen["note"].startswith(OWN_DATA)
    for of_request in (REQUESTS_MAIL, "Answer after", "queued as 4E81", "Fingerprint of this text"):
        assert of_request not in screen
