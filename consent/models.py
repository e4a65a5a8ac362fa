"""Facade over the models of this app, in order: forms, ledger, asking, answering, importing,
suppressed."""

from consent.answering.models import FreshLink
from consent.asking.models import ConsentRequest
from consent.forms.models import ConsentForm, TextVersion
from consent.importing.models import Import
from consent.ledger.models import (
    ChainCheck,
    ConsentCount,
    ConsentDay,
    ConsentPrivate,
    ConsentRecord,
    LeavingCount,
    Shown,
)
from consent.suppressed.models import SuppressionImport

__all__ = [
    "ChainCheck",
    "ConsentCount",
    "ConsentDay",
    "ConsentForm",
    "ConsentPrivate",
    "ConsentRecord",
    "ConsentRequest",
    "FreshLink",
    "Import",
    "LeavingCount",
    "Shown",
    "SuppressionImport",
    "TextVersion",
]
