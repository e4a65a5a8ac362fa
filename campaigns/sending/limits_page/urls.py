"""URLs of Settings > Sending limits."""

from django.urls import URLPattern, path

from campaigns.sending.limits_page import views, views_relay

_BASE = "a/<int:account_id>/settings/sending/"

urlpatterns: list[URLPattern] = [
    path(_BASE, views.settings_sending, name="settings_sending"),
    path(_BASE + "limits/", views.limit_add, name="limit_add"),
    path(_BASE + "limits/<int:limit_id>/remove/", views.limit_remove, name="limit_remove"),
    path(_BASE + "warm-ups/", views.warm_up_add, name="warm_up_add"),
    path(_BASE + "warm-ups/<int:warm_up_id>/remove/", views.warm_up_remove, name="warm_up_remove"),
    path(_BASE + "relay/", views_relay.settings_relay, name="settings_relay"),
    path(_BASE + "relay/test/", views_relay.relay_test, name="relay_test"),
    path(_BASE + "relay/state/", views_relay.relay_state, name="relay_state"),
    path(_BASE + "relay/remove/", views_relay.relay_remove, name="relay_remove"),
]
