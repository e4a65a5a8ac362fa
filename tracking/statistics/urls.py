"""URLs of Statistics, Recipients and one recipient."""

from django.urls import URLPattern, path

from tracking.statistics import views, views_contact

_ONE = "a/<int:account_id>/campaigns/<int:campaign_id>/"
_PERSON = f"{_ONE}recipients/<int:contact_id>/"

urlpatterns: list[URLPattern] = [
    path(f"{_ONE}statistics/", views.statistics, name="statistics"),
    path(f"{_ONE}statistics/export/", views.statistics_export, name="statistics_export"),
    path(f"{_ONE}recipients/", views.recipients, name="recipients"),
    path(f"{_ONE}recipients/export/", views.recipients_export, name="recipients_export"),
    path(
        "a/<int:account_id>/contacts/<int:contact_id>/campaigns/",
        views_contact.of_contact,
        name="of_contact",
    ),
    path(_PERSON, views.recipient, name="recipient"),
    path(f"{_PERSON}settle/", views.settle, name="settle"),
]
