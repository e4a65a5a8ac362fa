"""URLs of Settings > Senders."""

from django.urls import URLPattern, path

from marketing.senders import views

_BASE = "a/<int:account_id>/settings/senders/"

urlpatterns: list[URLPattern] = [
    path(_BASE, views.settings_senders, name="settings_senders"),
    path(_BASE + "<int:sender_id>/", views.settings_sender, name="settings_sender"),
    path(_BASE + "<int:sender_id>/mail/", views.sender_mail, name="sender_mail"),
    path(_BASE + "<int:sender_id>/remove/", views.sender_remove, name="sender_remove"),
    path(_BASE + "verify/<str:token>/", views.sender_verify, name="sender_verify"),
]
