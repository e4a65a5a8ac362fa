"""URLs of the pages behind the login."""

from django.urls import URLPattern, URLResolver

from consent.answering.urls import urlpatterns as previews
from consent.contacts.urls import urlpatterns as contacts
from consent.erasing.urls import urlpatterns as erasing
from consent.evidence.urls import urlpatterns as evidence
from consent.forms.urls import urlpatterns as forms
from consent.importing.urls import urlpatterns as importing
from consent.ledger.urls import urlpatterns as ledger
from consent.obtained.urls import urlpatterns as obtained
from consent.suppressed.urls import urlpatterns as suppressed

app_name = "consent"
urlpatterns: list[URLPattern | URLResolver] = [
    *contacts,
    *erasing,
    *evidence,
    *forms,
    *importing,
    *ledger,
    *obtained,
    *previews,
    *suppressed,
]
