"""URLs of the public pages: no login, no cookie, no script."""

from django.urls import URLPattern, URLResolver, path

from tracking.inbound.health import inbound_health
from tracking.inbound.views import provider_events

app_name = "tracking_public"
urlpatterns: list[URLPattern | URLResolver] = [
    path("hooks/<slug:provider>/", provider_events, name="provider_events"),
    path("health/inbound", inbound_health, name="inbound_health"),
]
