"""URLs of the consent side of a contact's page."""

from django.urls import URLPattern, path

from consent.contacts import views, views_selection

_C = "a/<int:account_id>/contacts/<int:contact_id>"
urlpatterns: list[URLPattern] = [
    path(f"{_C}/timeline/", views.contact_timeline, name="contact_timeline"),
    path(f"{_C}/verdict/", views.contact_verdict, name="contact_verdict"),
    path(
        "a/<int:account_id>/contacts/block/",
        views_selection.contacts_block,
        name="contacts_block",
    ),
    path(
        "a/<int:account_id>/contacts/unblock/",
        views_selection.contacts_unblock,
        name="contacts_unblock",
    ),
    path(f"{_C}/block/", views.contact_block, name="contact_block"),
    path(f"{_C}/unblock/", views.contact_unblock, name="contact_unblock"),
]
