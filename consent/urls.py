"""URLs of the pages behind the login."""

from django.urls import URLPattern, URLResolver

from consent.contacts.urls import urlpatterns as contacts
from consent.importing.urls import urlpatterns as importing

app_name = "consent"
urlpatterns: list[URLPattern | URLResolver] = [*contacts, *importing]
