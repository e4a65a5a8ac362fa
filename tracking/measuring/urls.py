"""URLs of Settings > Measuring."""

from django.urls import URLPattern, path

from tracking.measuring import views

_A = "a/<int:account_id>/settings/measuring/"
urlpatterns: list[URLPattern] = [
    path(_A, views.measuring, name="measuring"),
    path(f"{_A}host/", views.host, name="measuring_host"),
    path(f"{_A}host/current/", views.host_current, name="host_current"),
]
