"""URL of the evidence about a record's person."""

from django.urls import URLPattern, path

from consent.evidence import views

urlpatterns: list[URLPattern] = [
    path(
        "a/<int:account_id>/consents/<int:seq>/evidence/",
        views.record_evidence,
        name="record_evidence",
    ),
    path("a/<int:account_id>/consents/<int:seq>/shown/", views.record_shown, name="record_shown"),
]
