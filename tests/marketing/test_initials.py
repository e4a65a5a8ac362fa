"""The round mark of names in every script, and of names that hold no letter at all."""

import unicodedata

import pytest

from marketing.accounts.initials import initials_of


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Ana Moreau", "AM"),
        ("ana maria de la Cruz", "AC"),
        ("Ana", "A"),
        ("A", "A"),
        ("ada.byron", "AB"),
        ("olive.mercer1@mail.example", "OM"),
        ("élodie durand", "ÉD"),
        (unicodedata.normalize("NFD", "élodie durand"), "ÉD"),
        ("ßtraße", "ß"),
        ("“Rosa” (Shop)", "RS"),
        ("🚲 Bike Club", "BC"),
        ("Ana 🚀", "A"),
        ("🚲", "🚲"),
        ("👩\u200d🚀🚲", "👩\u200d🚀"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("مريم علي", "م"),
        ("דוד לוי", "דל"),
        ("山田 太郎", "山太"),
        ("\u202egnp.exe", "GE"),
        ("", "?"),
        ("   ", "?"),
        ("\u200b", "?"),
    ],
)
def test_initials_are_what_people_would_take_for_them(name: str, initials: str) -> None:
    assert initials_of(name) == initials
