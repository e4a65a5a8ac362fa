"""URLs of what admins decide about keeping and erasing."""

from django.urls import URLPattern, path

from consent.erasing import views

urlpatterns: list[URLPattern] = [
    path("a/<int:account_id>/settings/keeping/", views.keeping, name="keeping"),
    path(
        "a/<int:account_id>/contacts/<int:contact_id>/erase/",
        views.contact_erase,
        name="contact_erase",
    ),
]
