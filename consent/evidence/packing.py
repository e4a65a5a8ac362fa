"""The files of one evidence ZIP."""

import json
from pathlib import Path
from typing import Final

from consent.asking.keeping import mail_again
from consent.evidence import verify
from consent.evidence.document import pdf_of
from consent.evidence.gathering import Evidence, as_json, evidence_about
from consent.ledger import shown
from consent.models import ConsentRecord, Shown
from marketing.models import Account

_HOW_TO: Final = Path(__file__).parent / "how-to-verify.txt"


def evidence_zip(account: Account, address_hash: bytes) -> bytes:
    """Everything about an address in one file; call inside `use_account`."""
    evidence = evidence_about(account, address_hash)
    files: dict[str, bytes] = {
        "evidence.pdf": pdf_of(evidence),
        "how-to-verify.txt": _HOW_TO.read_bytes(),
        "verify.py": Path(verify.__file__).read_bytes(),
    }
    files |= {f"shown/{name}": kept.content.encode() for name, kept in evidence.shown.items()}
    places: dict[int, dict[str, str]] = {}
    for record in evidence.records:
        for kind, name, seen in _shown_to(evidence, record):
            files[name] = seen
            places.setdefault(record.seq, {})[kind] = name
    content = {"format": verify.FORMAT} | as_json(evidence, places)
    text = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True)
    files[verify.RECORDS] = text.encode()
    files[verify.MANIFEST] = verify.manifest_of(files)
    return verify.pack(files)


def _shown_to(evidence: Evidence, record: ConsentRecord) -> list[tuple[str, str, bytes]]:
    """The page or mail as this person saw it: kind, file name, content."""
    kept = evidence.shown_by(record)
    values = evidence.values(record.seq)
    if kept is None:
        return []
    if kept.kind == Shown.Kind.PAGE:
        page = shown.filled(kept.content, values, html=True)
        return [("page", f"record-{record.seq}-page.html", page.encode())]
    if "mail" not in values:
        return []
    mail = mail_again(kept.content, json.loads(values["mail"]))
    return [("mail", f"record-{record.seq}-mail.eml", mail)]
