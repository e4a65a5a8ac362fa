"""URL of the mail with its clicks drawn on it."""

from django.urls import URLPattern, path

from tracking.click_map import views

urlpatterns: list[URLPattern] = [
    path(
        "a/<int:account_id>/campaigns/<int:campaign_id>/statistics/map/",
        views.click_map,
        name="click_map",
    )
]
