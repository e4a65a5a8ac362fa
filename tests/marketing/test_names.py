"""Names without what cannot be seen, wherever one is typed or imported."""

import pytest
from django import forms
from django.utils import timezone

from consent.importing.rows import RowReader
from marketing.accounts.forms import MailForm
from marketing.audience.forms import AddContactForm
from marketing.names import NameField, plain_name, visible


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ana Moreau", "Ana Moreau"),
        ("  Ana \t\n Moreau ", "Ana Moreau"),
        ("Ana\u202emoc.elpmaxe\u202c", "Anamoc.elpmaxe"),
        ("\u2066Ana\u2069\u200e\u061c", "Ana"),
        ("An\u200ba\ufeff\x00\x1b[2J", "Ana[2J"),
        ("\u200b\u200c", ""),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("Łódź & Søn 自転車", "Łódź & Søn 自転車"),
    ],
)
def test_name_keeps_what_can_be_seen(typed: str, kept: str) -> None:
    assert plain_name(typed) == kept


def test_longer_text_keeps_its_lines() -> None:
    assert visible("one\u202e\ntwo\tthree") == "one\ntwo\tthree"


def test_name_of_nothing_visible_is_missing() -> None:
    with pytest.raises(forms.ValidationError, match="required"):
        NameField().clean("\u202e\u200b")


def test_names_typed_on_pages_are_cleaned() -> None:
    contact = AddContactForm({"address": "ana@example.test", "first_name": "Ana\u202e"})
    company = MailForm({"name": "Vélo\u2067 Lyon", "time_zone": "UTC"})
    assert contact.is_valid()
    assert company.is_valid()
    assert contact.cleaned_data["first_name"] == "Ana"
    assert company.cleaned_data["name"] == "Vélo Lyon"


def test_names_and_fields_of_a_file_are_cleaned() -> None:
    header = ["email", "first_name", "city", "tags"]
    now = timezone.now()
    reader = RowReader(
        header, {name: name for name in header}, timezone.get_default_timezone(), now
    )
    person = reader.person(["ana@example.test", "Ana\u202e", "Ly\u200bon", "a\u202e, b"])
    assert person.first_name == "Ana"
    assert person.fields == {"city": "Lyon", "tags": ["a", "b"]}
