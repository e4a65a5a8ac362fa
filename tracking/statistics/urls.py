"""URLs of Statistics, Recipients and one recipient."""

from django.urls import URLPattern, path

from tracking.statistics import views

_ONE = "a/<int:account_id>/campaigns/<int:campaign_id>/"
_PERSON = f"{_ONE}recipients/<int:contact_id>/"

urlpatterns: list[URLPattern] = [
    path(f"{_ONE}statistics/", views.statistics, name="statistics"),
    path(f"{_ONE}recipients/", views.recipients, name="recipients"),
    path(_PERSON, views.recipient, name="recipient"),
    path(f"{_PERSON}settle/", views.settle, name="settle"),
]
