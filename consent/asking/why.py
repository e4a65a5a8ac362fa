"""Why a person gets the request: one sentence that says from where their address is known.

It stands in the mail, so it is kept word for word with the mail that was sent.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection
from django.utils import translation
from django.utils.translation import gettext

from consent.asking.speaking import day, spoken

# What our code says where the account has said nothing, to be translated like the templates.
CUSTOMER: Final = "You are a customer of %(company)s."
SINCE: Final = "%(company)s has had your address since %(day)s."
UNKNOWN: Final = "%(company)s has your address."
EVERY: Final = (CUSTOMER, SINCE, UNKNOWN)

# Imports are read by their number: a plain one, see Contact.import_id.
_READERS: Final = """
SELECT c.id, c.first_name, c.country, c.basis, c.created_at,
    coalesce(nullif(c.known_from, ''), i.known_from, '')
FROM contact c
LEFT JOIN contact_import i ON i.account_id = c.account_id AND i.id = c.import_id
WHERE c.account_id = %s AND c.id = ANY(%s)
"""


@dataclass(frozen=True)
class Reader:
    """Who reads a request mail, as far as it speaks to them."""

    first_name: str = ""
    country: str = ""
    basis: str = ""
    since: datetime | None = None
    known_from: str = ""


def readers_of(account_id: int, contacts: Iterable[int | None]) -> dict[int, Reader]:
    """Reader by contact id, one query; call inside `use_account`."""
    with connection.cursor() as cursor:
        cursor.execute(_READERS, [account_id, [each for each in contacts if each]])
        return {row[0]: Reader(*row[1:]) for row in cursor.fetchall()}


def why(company: str, reader: Reader, *, zone: str, language: str) -> str:
    """The sentence: the account's own, else what we know ourselves, in the reader's language."""
    if reader.known_from:
        return ended(reader.known_from)
    words = {"company": company, "day": ""}
    sentence = UNKNOWN
    if reader.basis == "existing_customer":
        sentence = CUSTOMER
    elif reader.since is not None:
        sentence = SINCE
        words["day"] = day(reader.since, zone, language=language)
    with translation.override(spoken(language)):
        return gettext(sentence) % words


def ended(sentence: str) -> str:
    """With a full stop where it has no end of its own."""
    return sentence if sentence[-1:] in ".!?…。؟" else f"{sentence}."
