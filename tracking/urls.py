"""URLs of the pages behind the login."""

from django.urls import URLPattern, URLResolver

from tracking.click_map.urls import urlpatterns as click_map
from tracking.comparing.urls import urlpatterns as comparing
from tracking.deliverability.urls import urlpatterns as deliverability
from tracking.inbound.pages.urls import urlpatterns as inbound
from tracking.measuring.urls import urlpatterns as measuring
from tracking.statistics.urls import urlpatterns as statistics

app_name = "tracking"
urlpatterns: list[URLPattern | URLResolver] = [
    *deliverability,
    *comparing,
    *inbound,
    *measuring,
    *click_map,
    *statistics,
]
