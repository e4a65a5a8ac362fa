"""The words of a form in one language, their fingerprint, and the standard words. Pure."""

import hashlib
import json
import tomllib
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Final

_STANDARD: Final = Path(__file__).parent / "standard"
# The first one is shown to people whose language has no text.
STANDARD_LANGUAGES: Final = ("en", "fr", "de")
LANGUAGE_NAMES: Final = {
    "en": "English",
    "fr": "Français",
    "de": "Deutsch",
    "es": "Español",
    "it": "Italiano",
    "nl": "Nederlands",
    "pl": "Polski",
    "pt": "Português",
}


@dataclass(frozen=True)
class Texts:
    """What a person reads; an empty `tracking_question` asks nothing about tracking."""

    subject: str
    question: str
    text: str
    yes: str
    no: str
    tracking_question: str = ""


FIELDS: Final = tuple(Texts.__dataclass_fields__)


def fingerprint(language: str, texts: Texts) -> str:
    """SHA-256, hex, of the canonical text: JSON with sorted keys, UTF-8."""
    canonical = json.dumps(
        asdict(texts) | {"language": language}, sort_keys=True, ensure_ascii=False
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def standard_texts(company: str) -> dict[str, Texts]:
    """The standard form of a company in every language we ship."""
    return {
        language: Texts(
            **{
                name: text.replace("{company}", company)
                for name, text in _shipped(language).items()
            }
        )
        for language in STANDARD_LANGUAGES
    }


def language_name(code: str) -> str:
    """The language in its own words; the code where we have no name."""
    return LANGUAGE_NAMES.get(code, code)


@cache
def _shipped(language: str) -> dict[str, str]:
    return tomllib.loads((_STANDARD / f"{language}.toml").read_text(encoding="utf-8"))
