"""What was shown to people, kept once per content: pages and request mails with gaps for persons.

A gap is `⟦name⟧`. Content and values together give back the very bytes (`filled`); the content
holds nothing personal, the values lie beside the record and may be deleted.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Final

from django.db import connection
from django.utils.html import escape

from consent.ledger.chain import facts_of
from consent.models import ConsentRecord, Shown

_GAP: Final = re.compile("⟦([a-z_]+)⟧")
_KEEP: Final = """
INSERT INTO shown (account_id, hash, kind, content, at)
SELECT %s, s.hash, %s, s.content, now() FROM unnest(%s::text[], %s::text[]) AS s(hash, content)
ON CONFLICT (account_id, hash) DO NOTHING
"""


def gap(name: str) -> str:
    """What stands for a person's value while the content is made."""
    return f"⟦{name}⟧"


def hash_of(content: str) -> str:
    """SHA-256 of the content in UTF-8, hex: what records name it by."""
    return hashlib.sha256(content.encode()).hexdigest()


def filled(content: str, values: Mapping[str, str], *, html: bool) -> str:
    """The content as one person saw it; a value that was deleted leaves its gap."""

    def value(found: re.Match[str]) -> str:
        text = values.get(found[1])
        if text is None:
            return found[0]
        return str(escape(text)) if html else text

    return _GAP.sub(value, content)


def as_seen(kept: Shown, private: Mapping[str, str]) -> str:
    """The HTML one person saw, from a record's private values (kind -> value)."""
    if kept.kind == Shown.Kind.PAGE:
        return filled(kept.content, private, html=True)
    values = json.loads(private.get("mail", "{}"))
    return filled(json.loads(kept.content)["html"], values, html=True)


def of_record(record: ConsentRecord) -> Shown | None:
    """The page or mail a record names, where it was kept."""
    name = facts_of(record.body).get("shown_hash", "")
    found: Shown | None = Shown.objects.for_account(record.account_id).filter(hash=name).first()
    return found


def keep(account_id: int, kind: str, contents: Iterable[str]) -> None:
    """Keep contents that are not kept yet; call inside `use_account`."""
    by_hash = {hash_of(content): content for content in contents}
    if by_hash:
        with connection.cursor() as cursor:
            cursor.execute(_KEEP, [account_id, kind, list(by_hash), list(by_hash.values())])


def contents_of(account_id: int, hashes: Iterable[str]) -> dict[str, str]:
    """Kept contents by hash."""
    found = Shown.objects.for_account(account_id).filter(hash__in=set(hashes))
    return dict(found.values_list("hash", "content"))
