"""URLs of Home, its setup card, and the page behind an invitation's link."""

from django.urls import URLPattern, path

from marketing.opening import views, views_joining

_HOME = "a/<int:account_id>/"

urlpatterns: list[URLPattern] = [
    path(_HOME, views.home, name="home"),
    path(f"{_HOME}setup/form/", views.setup_form, name="setup_form"),
    path(f"{_HOME}setup/hide/", views.setup_hide, name="setup_hide"),
    path("invitation/<str:token>/", views_joining.invitation, name="invitation"),
]
