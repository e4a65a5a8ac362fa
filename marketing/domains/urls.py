"""URLs of Settings > Domains."""

from django.urls import URLPattern, path

from marketing.domains import views

_BASE = "a/<int:account_id>/settings/domains/"
_ONE = _BASE + "<int:domain_id>/"

urlpatterns: list[URLPattern] = [
    path(_BASE, views.settings_domains, name="settings_domains"),
    path(_ONE, views.settings_domain, name="settings_domain"),
    path(_ONE + "check/", views.domain_check, name="domain_check"),
    path(_ONE + "keys/", views.domain_new_keys, name="domain_new_keys"),
    path(_ONE + "remove/", views.domain_remove, name="domain_remove"),
]
