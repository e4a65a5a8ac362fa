"""URLs of the pages about the ledger."""

from django.urls import URLPattern, path

from consent.ledger import views

_C = "a/<int:account_id>/consents"
urlpatterns: list[URLPattern] = [
    path(f"{_C}/", views.consents, name="consents"),
    path(f"{_C}/check/", views.chain_check, name="chain_check"),
    path(f"{_C}/<int:seq>/", views.record, name="record"),
]
