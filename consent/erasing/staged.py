"""Uploaded files that are not imported yet: the person's address is taken out of them, too.

The row stays where it was, so that a running import goes on; it is told as no address then.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from consent.models import Import, SuppressionImport

_KEPT: Final = (Import, SuppressionImport)
# How the letters of an address may be written in a file whose encoding is not decided yet.
_ENCODINGS: Final = ("utf-8", "utf-16-le", "utf-16-be")


def scrub_uploads(account_id: int, addresses: Sequence[str], *, instead: str) -> int:
    """Write `instead` for the addresses in every kept upload of the account; how many had one.

    Call inside `use_account`. A file is at most 25 MB; they go when their import has ended.
    """
    return sum(_scrub(model, account_id, addresses, instead) for model in _KEPT)


def _scrub(model: Any, account_id: int, addresses: Sequence[str], instead: str) -> int:
    mine = model.objects.for_account(account_id).exclude(content=b"")
    found = 0
    # One at a time, locked: an import that runs reads its file once, before it starts.
    for pk in list(mine.order_by("pk").values_list("pk", flat=True)):
        held = model.objects.select_for_update().for_account(account_id).get(pk=pk)
        encodings = (*_ENCODINGS, getattr(held, "encoding", ""))
        content = _without(bytes(held.content), encodings, addresses, instead)
        if content != held.content:
            found += 1
            model.objects.for_account(account_id).filter(pk=pk).update(content=content)
    return found


def _without(
    content: bytes, encodings: Sequence[str], addresses: Sequence[str], instead: str
) -> bytes:
    for encoding in dict.fromkeys(filter(None, encodings)):
        for address in addresses:
            try:
                pattern = _pattern(address, encoding)
            except UnicodeEncodeError:
                continue
            content = pattern.sub(instead.encode(encoding), content)
    return content


def _pattern(address: str, encoding: str) -> re.Pattern[bytes]:
    """The address in these letters, in any case, and not inside a longer one."""
    letters = address.replace('"', '""') if '"' in address else address
    every = b"".join(_either(letter, encoding) for letter in letters)
    if len("a".encode(encoding)) > 1:
        return re.compile(every)
    return re.compile(rb"(?<![\w.+-])" + every + rb"(?![\w-])")


def _either(letter: str, encoding: str) -> bytes:
    forms = {form.encode(encoding) for form in (letter.lower(), letter.upper())}
    return b"(?:" + b"|".join(re.escape(form) for form in sorted(forms)) + b")"
