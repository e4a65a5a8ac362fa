"""Making and running imports in tests, without the pages."""

from typing import Any

from consent.importing.drafting import decide, start
from consent.importing.running import run
from consent.models import Import
from marketing.models import Account, Contact, Member
from marketing.tenancy import use_account


def draft_of(
    account: Account, content: bytes, *, by: Member | None = None, encoding: str = "", **fields: Any
) -> Import:
    """A draft that is ready to start."""
    with use_account(account):
        imported = Import(
            account=account,
            member=by,
            content=content,
            **({"file_name": "people.csv", "source": "Autumn fair", "attested": True} | fields),
        )
        decide(imported, encoding=encoding)
    return imported


def run_import(account: Account, content: bytes | str, **options: Any) -> Import:
    """Import a file to its end; the row as it is then."""
    raw = content.encode() if isinstance(content, str) else content
    imported = draft_of(account, raw, **options)
    with use_account(account):
        assert start(imported)
    run(account.pk, imported.pk)
    with use_account(account):
        imported.refresh_from_db()
    return imported


def people_of(account: Account) -> dict[str, Contact]:
    """The contacts by address key."""
    with use_account(account):
        return {c.address_key: c for c in Contact.objects.for_account(account)}
