"""URLs of the public pages: no login, no cookie, no script."""

from django.urls import URLPattern, URLResolver

app_name = "consent_public"
urlpatterns: list[URLPattern | URLResolver] = []
