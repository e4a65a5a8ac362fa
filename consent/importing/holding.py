"""An account's first large import waits until the operator has looked at it.

Held means not begun: nobody of the file is a contact yet, so nobody of it can be mailed; owners are
told. Only `manage.py release_import` lets it go; from then on the account imports what it likes.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db.models import Sum
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from consent.importing.models import Import
from consent.ledger.recording import lock
from marketing.accounts.auditing import record
from marketing.tasks import hand_over_mail, tell_owners
from marketing.tenancy import every_account, use_account

State = Import.State
_SILENT: Final = timedelta(minutes=2)
_BEGUN: Final = (State.HELD, State.WAITING, State.RUNNING, State.FINISHED)


def most() -> int:
    """How many people an account brings along before somebody looks; 0: nobody ever does."""
    return int(settings.HOLD_IMPORTS_OVER)


def waits(imported: Import) -> bool:
    """Whether it has to wait: with those before it, it is the account's first large one.

    Many small files count together. Call inside `use_account`.
    """
    if not most():
        return False
    lock(imported.account_id)  # two files at the same moment count each other
    mine = Import.objects.for_account(imported.account_id).filter(state__in=_BEGUN)
    if mine.filter(released_at__isnull=False).exists():
        return False
    before = mine.exclude(pk=imported.pk)
    came = before.filter(state=State.FINISHED).aggregate(people=Sum("created"))["people"] or 0
    coming = before.exclude(state=State.FINISHED).aggregate(people=Sum("rows"))["people"] or 0
    return bool(came + coming + (imported.rows or 0) > most())


def tell_that_it_waits(imported: Import) -> None:
    """Mail the owners, once: not again for what is held beside it. Call inside `use_account`."""
    held = Import.objects.for_account(imported.account_id).filter(state=State.HELD)
    if held.exclude(pk=imported.pk).exists():
        return
    path = reverse("consent:import_result", args=[imported.account_id, imported.pk])
    words = {"imported": imported, "url": f"{settings.SITE_URL}{path}"}
    tell_owners(
        imported.account_id,
        subject=f"{imported.file_name} waits for the operator",
        text=render_to_string("email/import_held/text.txt", words),
    )


def held_imports() -> Sequence[Import]:
    """What waits for the operator, oldest first, with account and member; content left out."""
    with every_account():
        held = Import.objects.filter(state=State.HELD).select_related("account", "member__user")
        return list(held.defer("content", "report").order_by("id"))


def release(account_id: int, *, note: str) -> list[str]:
    """Let the held imports of an account run; the names of their files. Outside of transactions.

    Who started one gets a mail. The bell is rung within a minute.
    """
    with use_account(account_id):
        mine = Import.objects.for_account(account_id).filter(state=State.HELD)
        held = list(mine.select_related("account", "member__user").defer("content", "report"))
        now = timezone.now()
        mine.update(
            state=State.WAITING,
            released_at=now,
            release_note=note[:300],
            advanced_at=now - _SILENT,  # beat rings for what stands still
        )
        for imported in held:
            record(
                imported.account,
                by=None,
                act="import.released",
                subject=imported.file_name,
                after=note,
            )
    for imported in held:
        if imported.member is not None:
            hand_over_mail(**_mail(imported, imported.member.user.email))
    return [imported.file_name for imported in held]


def _mail(imported: Import, to: str) -> dict[str, str]:
    path = reverse("consent:import_result", args=[imported.account_id, imported.pk])
    words = {"imported": imported, "url": f"{settings.SITE_URL}{path}"}
    text = render_to_string("email/import_released/text.txt", words)
    return {"to": to, "subject": f"{imported.file_name} is being imported", "text": text}
