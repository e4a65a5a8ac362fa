"""Verifies one evidence ZIP. Needs nothing but Python 3.9 or newer, no network, no other file.

    python verify.py evidence.zip          (or: python -m consent.evidence.verify evidence.zip)

Says what was checked and ends with status 0, or says what does not fit and ends with status 1.
What it proves and what not stands in how-to-verify.txt, inside the ZIP.
"""

import email
import email.policy
import hashlib
import html
import io
import json
import re
import sys
import zipfile
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple  # noqa: UP035  (this file runs on 3.9, too)

FORMAT = "assent-evidence-1"
MANIFEST = "manifest.json"
RECORDS = "records.json"
START = "00" * 32
TEXT_FIELDS = ("subject", "question", "text", "yes", "no", "tracking_question")
_GAP = re.compile("⟦([a-z_]+)⟧")

Files = Dict[str, bytes]  # noqa: UP006


def pack(files: Files) -> bytes:
    """The one ZIP of these files: same files, same bytes (stored, no clock, no system)."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system = 3
            info.external_attr = 0o644 << 16
            archive.writestr(info, files[name])
    return packed.getvalue()


def manifest_of(files: Files) -> bytes:
    """The list of all other files with their SHA-256, in its one form."""
    hashes = {name: sha256(content) for name, content in files.items() if name != MANIFEST}
    return json.dumps({"files": hashes}, indent=1, sort_keys=True).encode()


def problems(data: bytes) -> List[str]:  # noqa: UP006
    """Everything that does not fit; nothing when the evidence is whole."""
    try:
        files = _unpacked(data)
        content = json.loads(files[RECORDS])
        found = list(_container(data, files))
        return found or list(_content(content, files))
    except Exception as broken:  # noqa: BLE001  (a damaged file may break in any way)
        return ["The file can not be read: " + repr(broken)]


def sha256(content: bytes) -> str:
    """In hex."""
    return hashlib.sha256(content).hexdigest()


def filled(content: str, values: Dict[str, str], as_html: bool) -> str:  # noqa: UP006
    """What one person saw: each gap with their value; deleted values leave their gap."""

    def value(found: "re.Match[str]") -> str:
        if found[1] not in values:
            return found[0]
        return html.escape(values[found[1]]) if as_html else values[found[1]]

    return _GAP.sub(value, content)


def _unpacked(data: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def _container(data: bytes, files: Files) -> Iterator[str]:
    if files[MANIFEST] != manifest_of(files):
        wanted = json.loads(files[MANIFEST])["files"]
        for name in sorted(set(wanted) | set(files) - {MANIFEST}):
            if name not in files or wanted.get(name) != sha256(files[name]):
                yield name + ": not the file that was packed"
        yield MANIFEST + ": does not list these files"
    if pack(files) != data:
        yield "The ZIP was packed anew or damaged"


def _content(content: Dict[str, Any], files: Files) -> Iterator[str]:  # noqa: UP006
    if content["format"] != FORMAT:
        yield "Unknown format " + str(content["format"])
        return
    texts = {text["id"]: text for text in content["texts"]}
    for record in content["records"]:
        name = "Record " + str(record["seq"]) + ": "
        facts = _facts(record["body"])
        checks = (
            _link(record, facts, content["account"]["id"]),
            _address(record["body"], content["address_hash"]),
            _private(record, facts),
            _text(facts, texts),
            _shown(record, facts, files),
        )
        for check in checks:
            for problem in check:
                yield name + problem
    for neighbour in content["neighbours"]:
        facts = _facts(neighbour["body"])
        for problem in _link(neighbour, facts, content["account"]["id"]):
            yield "Record " + str(neighbour["seq"]) + " (beside): " + problem
    for problem in _chain(content):
        yield problem


def _facts(body: str) -> Dict[str, str]:  # noqa: UP006
    pairs = [line.partition("=") for line in body.splitlines()]
    return {name: json.loads(text) if text[:1] == '"' else text for name, _, text in pairs}


def _link(record: Dict[str, Any], facts: Dict[str, str], account: int) -> Iterator[str]:  # noqa: UP006
    if sha256(bytes.fromhex(record["prev_hash"]) + record["body"].encode()) != record["hash"]:
        yield "its hash does not follow from the one before and its text"
    if facts["seq"] != str(record["seq"]) or facts["account"] != str(account):
        yield "its text names another number or account"


def _address(body: str, address_hash: str) -> Iterator[str]:
    # The keyed hash stands first, without quotes; a salted one of the address as typed may follow.
    if "\naddress_hash=" + address_hash + "\n" not in body:
        yield "it is about another address"


def _private(record: Dict[str, Any], facts: Dict[str, str]) -> Iterator[str]:  # noqa: UP006
    chained = {
        name[: -len("_hash")]
        for name in facts
        if name.endswith("_hash") and name not in ("address_hash", "text_hash", "shown_hash")
    }
    if _body_address(record["body"]):
        chained.add("address")
    for kind in sorted(chained | set(record["private"])):
        held = record["private"].get(kind)
        if held is None:
            yield kind + ": chained, but neither here nor marked as deleted"
        elif not held["deleted_at"]:
            typed = _body_address(record["body"])
            expected = typed if kind == "address" else facts.get(kind + "_hash")
            if sha256(bytes.fromhex(held["salt"]) + held["value"].encode()) != expected:
                yield kind + ": not the value that was chained"


def _body_address(body: str) -> str:
    """The salted hash of the address as typed: the second line of that name, in quotes."""
    found = re.search('^address_hash="([0-9a-f]{64})"$', body, re.MULTILINE)
    return found[1] if found else ""


def _text(facts: Dict[str, str], texts: Dict[int, Dict[str, Any]]) -> Iterator[str]:  # noqa: UP006
    if not facts.get("text_hash"):
        return
    text = texts.get(int(facts["text_version"]))
    if text is None:
        yield "the text that was shown is not here"
        return
    words = {name: text[name] for name in TEXT_FIELDS}
    words["language"] = text["language"]
    canonical = json.dumps(words, sort_keys=True, ensure_ascii=False)
    if sha256(canonical.encode()) != facts["text_hash"]:
        yield "the text is not the one that was shown"


def _shown(record: Dict[str, Any], facts: Dict[str, str], files: Files) -> Iterator[str]:  # noqa: UP006
    name = facts.get("shown_hash")
    if not name:
        return
    kept = files.get("shown/" + name)
    if kept is None or sha256(kept) != name:
        yield "what was shown is not what the record names"
        return
    values = {k: held["value"] for k, held in record["private"].items() if not held["deleted_at"]}
    if record.get("page") and files[record["page"]] != filled(kept.decode(), values, True).encode():
        yield "the page is not made of what was shown and the person's values"
    if record.get("mail"):
        mail = dict(json.loads(values["mail"]))
        yield from _mail(files[record["mail"]], json.loads(kept), mail)


def _mail(raw: bytes, parts: Dict[str, Any], values: Dict[str, str]) -> Iterator[str]:  # noqa: UP006
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    if str(mail["Subject"]) != " ".join(filled(parts["subject"], values, False).split()):
        yield "the mail has another subject"
    if str(mail["Message-ID"]) != values["message_id"]:
        yield "the mail has another Message-ID"
    for kind, as_html in (("plain", False), ("html", True)):
        body = mail.get_body((kind,))
        said = body.get_content() if body is not None else ""
        wanted = filled(parts["html" if as_html else "text"], values, as_html)
        if said.split() != wanted.split():
            yield "the mail's " + kind + " part says something else"


def _chain(content: Dict[str, Any]) -> Iterator[str]:  # noqa: UP006
    rows: List[Tuple[int, str, str]] = sorted(  # noqa: UP006
        (row["seq"], row["prev_hash"], row["hash"])
        for row in content["records"] + content["neighbours"]
    )
    numbers = {row[0] for row in rows} | {0}
    for record in content["records"]:
        if record["seq"] - 1 not in numbers:
            yield "The record before record " + str(record["seq"]) + " is missing"
    before = (0, "", START)
    for row in rows:
        if row[0] == before[0] + 1 and row[1] != before[2]:
            yield "Record " + str(row[0]) + " does not follow record " + str(before[0])
        before = row
    check = content["last_check"]
    for number, _, own in rows:
        if check and check["records"] == number and check["head"] != own:
            yield "Record " + str(number) + " is not the one the last look at the chain found"


def main(arguments: List[str]) -> int:  # noqa: UP006
    """The command: one path."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python verify.py evidence.zip\n")
        return 2
    data = Path(arguments[0]).read_bytes()
    found = problems(data)
    if found:
        sys.stdout.write("REJECTED\n" + "".join("  " + problem + "\n" for problem in found))
        return 1
    content = json.loads(_unpacked(data)[RECORDS])
    count = str(len(content["records"]))
    sys.stdout.write("GENUINE IN ITSELF: " + count + " records about one address, kept by ")
    sys.stdout.write(content["account"]["name"] + ".\nHash of the newest: ")
    sys.stdout.write(content["records"][-1]["hash"] + "\nCompare it with the account's own.\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
