"""URLs of the public pages: no login, no cookie, no script. They stand in mails for years."""

from django.urls import URLPattern, URLResolver, path

from consent.answering import views, views_fresh
from consent.ledger.views_health import records_health

app_name = "consent_public"
urlpatterns: list[URLPattern | URLResolver] = [
    path("c/<str:token>", views.answer, name="answer"),
    path("u/<str:token>", views.leave, name="leave"),
    path("r/<str:token>", views.request_leave, name="request_leave"),
    path("p/<str:token>", views.choices, name="choices"),
    # Mailed at the address's own wish, for 24 hours.
    path("m/<str:token>", views_fresh.all_choices, name="all_choices"),
    path("m/<str:token>/seen/<int:seq>", views_fresh.text_seen, name="text_seen"),
    path("b/<str:token>", views_fresh.come_back, name="come_back"),
    path("health/records", records_health, name="records_health"),
]
