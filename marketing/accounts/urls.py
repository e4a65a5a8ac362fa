"""URLs of accounts: chooser, Settings > Mail, members, audit log."""

from django.urls import URLPattern, path

from marketing.accounts import views

urlpatterns: list[URLPattern] = [
    path("", views.accounts, name="accounts"),
    path("a/<int:account_id>/settings/", views.settings, name="settings"),
    path("a/<int:account_id>/settings/mail/", views.settings_mail, name="settings_mail"),
    path("a/<int:account_id>/members/", views.members, name="members"),
    path("a/<int:account_id>/audit/", views.audit, name="audit"),
]
