"""URL of Settings > Deliverability."""

from django.urls import URLPattern, path

from tracking.deliverability import views

urlpatterns: list[URLPattern] = [
    path("a/<int:account_id>/settings/deliverability/", views.deliverability, name="deliverability")
]
