"""URL of the export."""

from django.urls import URLPattern, path

from consent.obtained import views

urlpatterns: list[URLPattern] = [
    path("a/<int:account_id>/consents/export/", views.consents_export, name="consents_export"),
]
