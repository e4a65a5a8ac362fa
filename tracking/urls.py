"""URLs of the pages behind the login."""

from django.urls import URLPattern, URLResolver

from tracking.statistics.urls import urlpatterns as statistics

app_name = "tracking"
urlpatterns: list[URLPattern | URLResolver] = [*statistics]
