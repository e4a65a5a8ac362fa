"""Which column of a file becomes which field: a proposal from its name; the user decides. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from consent.importing.stopping import Stopped
from marketing.exporting.cells import OWN_EXPORT_COLUMN

LEAVE_OUT: Final = "-"

# Field -> its name on screen, in the order of the select. Any other column keeps its own name.
STANDARD_FIELDS: Final = {
    "email": "Email address",
    "first_name": "First name",
    "last_name": "Last name",
    "name": "Full name",
    "country": "Country",
    "language": "Language",
    "consent_at": "Agreed on (date)",
    "consent_source": "Agreed where (proof)",
    "consent_text": "Text they agreed to (proof)",
    "status": "Status in the old system",
    "tags": "Tags",
    "consent": "Consent (a claim)",
}

_KNOWN: Final = {
    "email": "email,e mail,mail,email address,e mail address,adresse e mail,adresse email,courriel,"
    "e mail adresse,email adresse,correo,correo electronico,indirizzo email,эл почта,почта",
    "first_name": "first name,firstname,given name,vorname,prenom,nombre,nome,имя,forename",
    "last_name": "last name,lastname,surname,family name,nachname,nom,apellido,apellidos,cognome,"
    "фамилия",
    "name": "name,full name,fullname",
    "country": "country,country code,land,pays,pais,paese,страна",
    "language": "language,lang,locale,sprache,langue,idioma,lingua,язык",
    "consent_at": "consent at,consent date,agreed on,agreed at,einwilligung,date de consentement",
    "consent_source": "consent source",
    "consent_text": "consent text",
    "status": "status",
    "tags": "tags,tag",
    "consent": "consent",
}
_FIELD_OF: Final = {name: field for field, names in _KNOWN.items() for name in names.split(",")}


def proposed_mapping(header: Sequence[str]) -> dict[str, str]:
    """Column name -> field, in the order of the file; a standard field is proposed only once."""
    mapping: dict[str, str] = {}
    for name in filter(None, header):
        field = LEAVE_OUT if name == OWN_EXPORT_COLUMN else _FIELD_OF.get(_plain(name), name)
        if field in STANDARD_FIELDS and field in mapping.values():
            field = name
        mapping[name] = field
    return mapping


def check_mapping(mapping: Mapping[str, str]) -> None:
    """Stopped unless one column is the address and no field is chosen for two columns."""
    chosen = [field for field in mapping.values() if field != LEAVE_OUT]
    if "email" not in chosen:
        raise Stopped("no_email_column")
    for field in chosen:
        if chosen.count(field) > 1:
            raise Stopped("field_chosen_twice", name=STANDARD_FIELDS.get(field, field))


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return re.sub(r"[\s_.\-]+", " ", letters).strip()
