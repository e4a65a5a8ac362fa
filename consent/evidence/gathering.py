"""What belongs to one address: its records with their neighbours, texts, and what was shown."""

from dataclasses import dataclass, field
from typing import Any

from consent.evidence.seeing import Seen, mail_that_led, requests_among, seen_in
from consent.forms.texts import FIELDS
from consent.ledger import chain
from consent.models import ChainCheck, ConsentPrivate, ConsentRecord, Shown, TextVersion
from marketing.models import Account


@dataclass(frozen=True)
class Evidence:
    """All of it, read in six queries. `private` is seq -> kind -> row."""

    account: Account
    address_hash: bytes
    records: list[ConsentRecord]
    neighbours: list[ConsentRecord]
    private: dict[int, dict[str, ConsentPrivate]]
    texts: dict[int, TextVersion]
    check: ChainCheck | None
    shown: dict[str, Shown] = field(default_factory=dict)
    of_requests: frozenset[str] = frozenset()  # Message-IDs of the mails that asked

    def values(self, seq: int) -> dict[str, str]:
        """The private values of a record that were not deleted."""
        return {
            kind: row.value
            for kind, row in self.private.get(seq, {}).items()
            if row.deleted_at is None
        }

    def shown_by(self, record: ConsentRecord) -> Shown | None:
        """The page or mail the record names, where it was kept."""
        return self.shown.get(chain.facts_of(record.body).get("shown_hash", ""))

    def seen(self, record: ConsentRecord) -> Seen:
        """What the person saw, or why there was nothing."""
        text = self.texts.get(record.text_version_id or 0)
        return seen_in(record, self.shown_by(record), self.values(record.seq), text)

    def mail_that_led(self, record: ConsentRecord) -> str:
        """Message-ID of the mail that led to the act; "" where it is not known."""
        return mail_that_led(record, self.of_requests)

    def names_another_mail(self, record: ConsentRecord) -> bool:
        """Whether the record names a mail that did not lead to its act."""
        named = chain.facts_of(record.body).get("message_id", "")
        return named != self.mail_that_led(record)

    def address(self) -> str:
        """The address as it was typed last; "" once it was deleted."""
        typed = (self.values(record.seq).get("address") for record in reversed(self.records))
        return next((address for address in typed if address), "")


def evidence_about(account: Account, address_hash: bytes) -> Evidence:
    """Everything about the address; call inside `use_account`."""
    every = ConsentRecord.objects.for_account(account)
    records = list(every.filter(address_hash=address_hash).order_by("seq"))
    own = {record.seq for record in records}
    beside = {seq + step for seq in own for step in (-1, 1)} - own
    private: dict[int, dict[str, ConsentPrivate]] = {}
    for row in ConsentPrivate.objects.for_account(account).filter(seq__in=own):
        private.setdefault(row.seq, {})[row.kind] = row
    hashes = {chain.facts_of(record.body).get("shown_hash", "") for record in records}
    texts = TextVersion.objects.for_account(account).select_related("form")
    return Evidence(
        account=account,
        of_requests=requests_among(records),
        address_hash=address_hash,
        records=records,
        neighbours=list(every.filter(seq__in=beside).order_by("seq")),
        private=private,
        texts=texts.in_bulk({record.text_version_id for record in records} - {None}),
        check=chain.latest_check(account.pk),
        shown={
            kept.hash: kept for kept in Shown.objects.for_account(account).filter(hash__in=hashes)
        },
    )


def as_json(evidence: Evidence, places: dict[int, dict[str, str]]) -> dict[str, Any]:
    """The content of records.json; `places` are seq -> {"page" or "mail": file name}."""
    check = evidence.check
    return {
        "account": {"id": evidence.account.pk, "name": evidence.account.name},
        "address_hash": evidence.address_hash.hex(),
        "records": [
            _row(record)
            | {"private": _private(evidence, record.seq), "seen": _seen(evidence, record)}
            | places.get(record.seq, {})
            for record in evidence.records
        ],
        "neighbours": [_row(record) for record in evidence.neighbours],
        "texts": [
            {name: getattr(text, name) for name in FIELDS}
            | {
                "id": text.pk,
                "form": text.form.name,
                "version": text.number,
                "language": text.language,
                "hash": text.hash,
            }
            for _, text in sorted(evidence.texts.items())
        ],
        "last_check": check
        and {
            "at": chain.instant(check.checked_at),
            "records": check.records,
            "head": bytes(check.head).hex(),
            "first_bad_record": check.bad_seq,
        },
    }


def _row(record: ConsentRecord) -> dict[str, Any]:
    return {
        "seq": record.seq,
        "body": record.body,
        "prev_hash": bytes(record.prev_hash).hex(),
        "hash": bytes(record.hash).hex(),
    }


def _seen(evidence: Evidence, record: ConsentRecord) -> dict[str, Any]:
    seen = evidence.seen(record)
    return {
        "kind": seen.kind,
        "words": seen.words,
        "note": seen.note,
        "mail_that_led": evidence.mail_that_led(record),
    }


def _private(evidence: Evidence, seq: int) -> dict[str, dict[str, str]]:
    return {
        kind: {
            "value": row.value,
            "salt": bytes(row.salt).hex(),
            "deleted_at": chain.instant(row.deleted_at) if row.deleted_at else "",
        }
        for kind, row in sorted(evidence.private.get(seq, {}).items())
    }
