"""URLs of the public pages: no login, no cookie, no script. They stand in mails for years."""

from django.urls import URLPattern, URLResolver, path

from consent.answering import views

app_name = "consent_public"
urlpatterns: list[URLPattern | URLResolver] = [
    path("c/<str:token>", views.answer, name="answer"),
    path("u/<str:token>", views.leave, name="leave"),
    path("r/<str:token>", views.request_leave, name="request_leave"),
    path("p/<str:token>", views.choices, name="choices"),
]
