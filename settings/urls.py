"""URLs of the web application. Member pages live under /a/<account>/, public pages at the root."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("marketing.opening.entry_urls")),
    path("", include("marketing.urls")),
    path("", include("consent.urls")),
    path("", include("consent.public_urls")),
    path("", include("campaigns.urls")),
    path("", include("tracking.urls")),
    path("", include("tracking.public_urls")),
]
