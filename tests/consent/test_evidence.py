"""The evidence ZIP: what was shown then, byte for byte, and a verifier that needs only Python."""

import io
import json
import random
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

from consent.asking.composing import compose
from consent.asking.keeping import kept
from consent.asking.marking import Became, Outcome, mark
from consent.erasing import erasing
from consent.evidence import verify
from consent.evidence.packing import evidence_zip
from consent.forms.texts import Texts
from consent.forms.versions import latest, save_version
from consent.models import ConsentForm, ConsentPrivate, ConsentRequest
from mailwire.message import Mail
from marketing.models import Account, Contact
from marketing.signing import tokens
from marketing.tenancy import use_account
from tests.consent.making import make_request
from tests.making import make_contact

WORDS = Texts(
    subject="News from Acme?",
    question="May we write to you about bikes?",
    text="Acme Bikes writes once a month. Every mail has a way out.",
    yes="Yes, please",
    no="No",
    tracking_question="You may measure what I read",
)


@pytest.fixture
def own_form(acme: Account) -> ConsentForm:
    with use_account(acme):
        form: ConsentForm = ConsentForm.objects.create(account=acme, name="Bikes")
        save_version(form, {"en": WORDS})
    return form


def asked(account: Account, form: ConsentForm, contact: Contact) -> tuple[ConsentRequest, bytes]:
    """A request that was mailed: the request and the very bytes of the mail."""
    with use_account(account):
        request = make_request(
            account, contact, state="open", asked_at=None, text_version=latest(form, "en")
        )
    return request, mark_as_mailed(account, request, contact.address)


def mark_as_mailed(
    account: Account, request: ConsentRequest, address: str, *, reply: str = "250 queued as 4E81"
) -> bytes:
    """The request's mail was accepted: its very bytes."""
    with use_account(account):
        rows = ConsentRequest.objects.for_account(account).select_related("text_version")
        (made,) = compose(account, list(rows.filter(pk=request.pk)))
    mail = Mail(
        from_name="Acme Bikes",
        from_address="news@acme.example",
        to_address=address,
        subject=made.subject,
        message_id=f"<q{request.pk}@mail.assent.example>",
        sent_at=datetime(2026, 11, 25, 9, 0, 7, tzinfo=UTC),
        text=made.text,
        html=made.html,
        headers=(*made.headers, ("Feedback-ID", "q:a1:request:assent")),
    )
    outcome = Outcome(
        request_id=request.pk,
        became=Became.ASKED,
        message_id=mail.message_id,
        reply=reply,
        kept=kept(made, mail),
    )
    mark(account.pk, [outcome])
    return mail.as_bytes()


def files_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zip_of(account: Account, contact: Contact) -> bytes:
    with use_account(account):
        return evidence_zip(account, bytes(contact.address_hash))


@pytest.fixture
def story(acme: Account, own_form: ConsentForm, ana: Contact) -> dict[str, Any]:
    """Asked, opened, agreed; then the form was edited twice."""
    request, mail = asked(acme, own_form, ana)
    stranger = Client(REMOTE_ADDR="198.51.100.24", HTTP_USER_AGENT="Safari")
    url = f"/c/{tokens.make('answer', acme.pk, request.pk)}"
    page = stranger.get(url).content
    stranger.post(url, {"answer": "yes"})
    with use_account(acme):
        for number in (2, 3):
            save_version(own_form, {"en": Texts(**(vars(WORDS) | {"question": f"Edit {number}?"}))})
    return {"mail": mail, "page": page, "ana": ana}


def test_it_holds_the_text_shown_then_byte_for_byte(acme: Account, story: dict[str, Any]) -> None:
    data = zip_of(acme, story["ana"])
    files = files_of(data)
    assert files["record-1-mail.eml"] == story["mail"]
    assert files["record-2-page.html"] == story["page"]
    assert b"May we write to you about bikes?" in files["record-2-page.html"]
    assert verify.problems(data) == []
    (text,) = json.loads(files["records.json"])["texts"]
    assert (text["version"], text["question"]) == (1, WORDS.question)


def test_a_form_that_was_edited_twice_since_still_shows_the_words_of_then(
    acme: Account, own_form: ConsentForm, story: dict[str, Any]
) -> None:
    with use_account(acme):
        newest = latest(own_form, "en")
    assert (newest.number, newest.question) == (3, "Edit 3?")
    data = zip_of(acme, story["ana"])
    files = files_of(data)
    words = [name for name, content in files.items() if b"Edit " in content]
    assert words == []
    page = files["record-2-page.html"]
    assert page == story["page"]
    assert verify.problems(data) == []
    middle = len(data) // 2
    spoiled = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
    assert verify.problems(spoiled)


def test_one_changed_byte_is_rejected_wherever_it_is(acme: Account, story: dict[str, Any]) -> None:
    data = zip_of(acme, story["ana"])
    chance = random.Random(7)
    for place in [0, len(data) - 1, *chance.sample(range(len(data)), 60)]:
        spoiled = bytearray(data)
        spoiled[place] ^= 1 << chance.randrange(8)
        assert verify.problems(bytes(spoiled)), place


def repacked(data: bytes, **changed: Any) -> bytes:
    """The ZIP with other content, packed as carefully as ours: hashes of files are right."""
    files = files_of(data) | changed.pop("files", {})
    content = json.loads(files["records.json"])
    for change in changed.values():
        change(content)
    text = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True)
    files["records.json"] = text.encode()
    files["manifest.json"] = verify.manifest_of(files)
    return verify.pack(files)


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c["records"][1].update(body=c["records"][1]["body"].replace("agreed", "refused")),
        lambda c: c["records"][1]["private"]["ip"].update(value="203.0.113.9"),
        lambda c: c["records"][1]["private"].pop("agent"),
        lambda c: c["records"].pop(0),
        lambda c: c["records"][1].update(prev_hash="00" * 32),
        lambda c: c["texts"][0].update(question="Something else?"),
        lambda c: c["texts"].clear(),
        lambda c: c["account"].update(id=99),
        lambda c: c.update(address_hash="00" * 32),
        lambda c: c.update(
            last_check={"records": c["records"][-1]["seq"], "head": "ab" * 32, "at": ""}
        ),
    ],
)
def test_a_careful_forger_is_found_too(acme: Account, story: dict[str, Any], change: Any) -> None:
    data = zip_of(acme, story["ana"])
    assert verify.problems(repacked(data)) == []
    assert verify.problems(repacked(data, change=change))


def test_another_page_or_mail_is_found(acme: Account, story: dict[str, Any]) -> None:
    data = zip_of(acme, story["ana"])
    files = files_of(data)
    for name in ("record-1-mail.eml", "record-2-page.html"):
        changed = {name: files[name].replace(b"Acme Bikes", b"Acme Cars!")}
        assert changed[name] != files[name]
        assert verify.problems(repacked(data, files=changed)), name


def run_verifier(command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_one_file_inside_needs_nothing_but_python(
    acme: Account, story: dict[str, Any], tmp_path: Path
) -> None:
    data = zip_of(acme, story["ana"])
    (tmp_path / "evidence.zip").write_bytes(data)
    (tmp_path / "verify.py").write_bytes(files_of(data)["verify.py"])
    good = run_verifier(["-I", "verify.py", "evidence.zip"], tmp_path)
    assert (good.returncode, good.stdout.split(":")[0]) == (0, "GENUINE IN ITSELF")
    (tmp_path / "evidence.zip").write_bytes(data.replace(b"Safari", b"Chrome"))
    bad = run_verifier(["-I", "verify.py", "evidence.zip"], tmp_path)
    assert (bad.returncode, bad.stdout.split()[0]) == (1, "REJECTED")


def test_the_module_runs_without_the_product_being_set_up(
    acme: Account, story: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "evidence.zip").write_bytes(zip_of(acme, story["ana"]))
    root = Path(__file__).resolve().parents[2]
    path = str(tmp_path / "evidence.zip")
    assert run_verifier(["-m", "consent.evidence.verify", path], root).returncode == 0


def test_the_pdf_can_be_read_by_people_and_machines(acme: Account, story: dict[str, Any]) -> None:
    pdf = PdfReader(io.BytesIO(files_of(zip_of(acme, story["ana"]))["evidence.pdf"]))
    first: Any = pdf.pages[0]
    text = "\n".join(page.extract_text() for page in pdf.pages)
    for expected in (
        "About ana@example.test, kept by Acme Bikes",
        "Agreed to the newsletter",
        "May we write to you about bikes?",
        "198.51.100.24",
        "250 queued as 4E81",
    ):
        assert expected in text
    assert "Edit 2?" not in text
    root: Any = pdf.trailer["/Root"]
    assert root["/Lang"] == "en-US" or root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Evidence of consent: ana@example.test"
    assert all("/StructParents" in page for page in pdf.pages)
    kinds = [kid.get_object()["/S"] for kid in root["/StructTreeRoot"]["/K"][0]["/K"]]
    assert kinds[:3] == ["/H1", "/P", "/Caption"]
    fonts = [font.get_object() for font in first["/Resources"]["/Font"].values()]
    assert all("DejaVu" in font["/BaseFont"] for font in fonts)


def test_any_script_and_very_long_words_are_written(acme: Account, own_form: ConsentForm) -> None:
    with use_account(acme):
        words = {
            "question": "هل يمكننا أن نكتب إليك؟ 我们可以写信给您吗?",
            "text": "Слово " * 150 + "x" * 300,
        }
        save_version(own_form, {"en": Texts(**(vars(WORDS) | words))})
        contact = make_contact(acme, "ümit@example.test")
    asked(acme, own_form, contact)
    data = zip_of(acme, contact)
    assert verify.problems(data) == []
    assert len(PdfReader(io.BytesIO(files_of(data)["evidence.pdf"])).pages) >= 1


def test_after_erasure_the_evidence_still_verifies_and_says_when(
    acme: Account, story: dict[str, Any]
) -> None:
    ana = story["ana"]
    with use_account(acme):
        erasing.erase(acme, bytes(ana.address_hash))
    data = zip_of(acme, ana)
    assert verify.problems(data) == []
    files = files_of(data)
    for name, content in files.items():
        assert b"ana@example.test" not in content, name
    text = "".join(
        page.extract_text() for page in PdfReader(io.BytesIO(files["evidence.pdf"])).pages
    )
    assert "deleted on" in text


def test_who_is_erased_while_the_mail_is_on_its_way_is_not_stored_again(
    acme: Account, own_form: ConsentForm, ana: Contact
) -> None:
    with use_account(acme):
        request = make_request(
            acme, ana, state="open", asked_at=None, text_version=latest(own_form, "en")
        )
        erasing.erase(acme, bytes(ana.address_hash))
    mark_as_mailed(acme, request, ana.address, reply="250 to ana@example.test")
    with use_account(acme):
        assert ConsentRequest.objects.for_account(acme).get().reply == ""
        values = ConsentPrivate.objects.for_account(acme).values_list("value", flat=True)
        assert not any("ana@example.test" in value for value in values)
