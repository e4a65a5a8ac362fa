"""Facade over the models of this app, in order: forms, ledger, asking, answering, importing."""

from consent.answering.models import FreshLink
from consent.asking.models import ConsentRequest
from consent.forms.models import ConsentForm, TextVersion
from consent.importing.models import Import
from consent.ledger.models import (
    ChainCheck,
    ConsentCount,
    ConsentPrivate,
    ConsentRecord,
    LeavingCount,
    Shown,
)

__all__ = [
    "ChainCheck",
    "ConsentCount",
    "ConsentForm",
    "ConsentPrivate",
    "ConsentRecord",
    "ConsentRequest",
    "FreshLink",
    "Import",
    "LeavingCount",
    "Shown",
    "TextVersion",
]
