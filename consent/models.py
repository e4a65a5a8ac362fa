"""Facade over the models of this app, in order of import: forms, ledger, asking, importing."""

from consent.asking.models import ConsentRequest
from consent.forms.models import ConsentForm, TextVersion
from consent.importing.models import Import
from consent.ledger.models import ChainCheck, ConsentCount, ConsentPrivate, ConsentRecord

__all__ = [
    "ChainCheck",
    "ConsentCount",
    "ConsentForm",
    "ConsentPrivate",
    "ConsentRecord",
    "ConsentRequest",
    "Import",
    "TextVersion",
]
