"""URLs of the More tab."""

from django.urls import URLPattern, path

from marketing.rules import views

urlpatterns: list[URLPattern] = [
    path("a/<int:account_id>/settings/more/", views.settings_more, name="settings_more"),
    path("a/<int:account_id>/settings/country/", views.settings_country, name="settings_country"),
]
