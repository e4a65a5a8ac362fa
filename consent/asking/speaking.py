"""Languages and days in the mails and pages that recipients read."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.formats import date_format

_RIGHT_TO_LEFT: Final = {"ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"}


def direction_of(language: str) -> str:
    """Of the writing: rtl for Arabic, Hebrew, Persian, Urdu and their relatives."""
    return "rtl" if language.split("-")[0].lower() in _RIGHT_TO_LEFT else "ltr"


def spoken(language: str, default: str = "en") -> str:
    """The language of our own words for a person's language."""
    try:
        return translation.get_supported_language_variant(language or default)
    except LookupError:
        return default


def day(at: datetime, zone: str, *, language: str) -> str:
    """A day as people of the language write it, in a time zone."""
    return _written(at, zone, language=language, clock="")


def minute(at: datetime, zone: str, *, language: str) -> str:
    """A day and its minute as people of the language write them, in a time zone."""
    return _written(at, zone, language=language, clock=", H:i")


def _written(at: datetime, zone: str, *, language: str, clock: str) -> str:
    with translation.override(spoken(language)):
        pattern = "j. F Y" if language.startswith("de") else "j F Y"
        return date_format(at.astimezone(ZoneInfo(zone)), pattern + clock)
