"""URLs of comparisons."""

from django.urls import URLPattern, path

from tracking.comparing import views

urlpatterns: list[URLPattern] = [
    path("a/<int:account_id>/compare/", views.campaigns, name="compared"),
    path(
        "a/<int:account_id>/campaigns/<int:campaign_id>/statistics/groups/",
        views.groups,
        name="groups",
    ),
]
