"""URL of Home."""

from django.urls import URLPattern, path

from marketing.opening import views

urlpatterns: list[URLPattern] = [path("a/<int:account_id>/", views.home, name="home")]
