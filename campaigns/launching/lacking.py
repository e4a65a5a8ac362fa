"""How many of a campaign's people lack a field that its mail mentions."""

import re
from dataclasses import dataclass

from django.db import connection

from campaigns.composing import blocks
from campaigns.composing.merging import CONTACT_FIELDS, fields_used
from campaigns.composing.tags import spans_of
from campaigns.launching.audience import people_of
from campaigns.models import Campaign

_OWN = "contact.fields."
_WITH_FALLBACK = re.compile(r"\|\s*default\s*:\s*[\"'][^\"']+")


@dataclass(frozen=True, slots=True)
class Lacking:
    """A field that some people lack, with nothing to stand in for it."""

    field: str
    people: int

    @property
    def name(self) -> str:
        """ "First name" of contact.first_name."""
        return self.field.rpartition(".")[2].replace("_", " ").capitalize()


def lacking(campaign: Campaign) -> list[Lacking]:
    """Fields without words for those who lack them; one statement, call in `use_account`."""
    wanted = _bare_fields(campaign)
    if not wanted:
        return []
    values = [f"c.{_column(field)}" if _column(field) else "c.fields ->> %s" for field in wanted]
    keys = [field.removeprefix(_OWN) for field in wanted if not _column(field)]
    counts = ", ".join(f"count(*) FILTER (WHERE COALESCE({value}, '') = '')" for value in values)
    condition = people_of(campaign)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counts} FROM contact c WHERE {condition}", keys)
        found = cursor.fetchone()
    return [Lacking(field, count) for field, count in zip(wanted, found, strict=True) if count]


def _bare_fields(campaign: Campaign) -> list[str]:
    """Fields of the contact that are printed somewhere without a fallback."""
    document = blocks.document_from(campaign.content)
    texts = [value for block in document.blocks for value in block.props.values()]
    found: set[str] = set()
    for text in (campaign.subject, campaign.preheader, *texts):
        for start, end in spans_of(text):
            tag = text[start:end]
            if tag.startswith("{{") and not _WITH_FALLBACK.search(tag):
                found |= fields_used(tag)
    return sorted(field for field in found if _column(field) or field.startswith(_OWN))


def _column(field: str) -> str:
    """The column of `contact`, "" for a field of the account's own."""
    name = field.removeprefix("contact.")
    if name not in CONTACT_FIELDS:
        return ""
    return "address" if name == "email" else name
