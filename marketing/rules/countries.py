"""Countries by ISO code, from data/countries.csv: English names, first guesses of time zone and
language."""

import csv
import unicodedata
from functools import cache
from pathlib import Path
from typing import Final
from zoneinfo import available_timezones

_FILE: Final = Path(__file__).parent / "data" / "countries.csv"
_OTHER_NAMES: Final = {
    "uk": "GB",
    "great britain": "GB",
    "england": "GB",
    "usa": "US",
    "united states of america": "US",
    "holland": "NL",
    "the netherlands": "NL",
    "turkey": "TR",
    "czech republic": "CZ",
    "deutschland": "DE",
    "osterreich": "AT",
    "schweiz": "CH",
    "espana": "ES",
    "italia": "IT",
}

# Where nearly everybody reads this language; not where people differ (BE, CA, CH, LU).
MAIN_LANGUAGES: Final = {
    **dict.fromkeys(("AT", "DE", "LI"), "de"),
    **dict.fromkeys(("AU", "GB", "IE", "NZ", "US"), "en"),
    **dict.fromkeys(("FR", "MC"), "fr"),
}


@cache
def _rows() -> dict[str, tuple[str, str]]:
    with _FILE.open(encoding="utf-8", newline="") as lines:
        return {row["cc"]: (row["name"], row["time_zone"]) for row in csv.DictReader(lines)}


def country_name(code: str) -> str:
    """The English name; "Unknown" for the empty code, the code itself for one we do not know."""
    if not code:
        return "Unknown"
    return _rows().get(code, (code, ""))[0]


def is_country(code: str) -> bool:
    """True for a code of the list, in capitals."""
    return code in _rows()


def country_choices() -> list[tuple[str, str]]:
    """(code, name) by name, for a select."""
    return [(code, name) for code, (name, _) in _rows().items()]


def country_code(text: str) -> str | None:
    """The code for a code or an English name as people type it; None if it is neither."""
    typed = text.strip()
    if is_country(typed.upper()):
        return typed.upper()
    return _codes_by_name().get(_plain(typed))


def default_time_zone(code: str) -> str:
    """The zone of the capital or the largest city; UTC for a country we do not know."""
    return _rows().get(code, ("", "UTC"))[1]


@cache
def time_zone_choices() -> list[tuple[str, str]]:
    """(key, label) of the zones of places people live in, and UTC."""
    named = (zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    return [("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in sorted(named))]


@cache
def _codes_by_name() -> dict[str, str]:
    return {_plain(name): code for code, (name, _) in _rows().items()} | _OTHER_NAMES


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold().replace("’", "'"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).strip()
