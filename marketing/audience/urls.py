"""URLs of contacts and segments."""

from django.urls import URLPattern, path

from marketing.audience import views, views_segments, views_selection

_A = "a/<int:account_id>"
urlpatterns: list[URLPattern] = [
    path(f"{_A}/contacts/", views.contacts, name="contacts"),
    path(f"{_A}/contacts/add/", views.contact_add, name="contact_add"),
    path(
        f"{_A}/contacts/add-to-segment/",
        views_selection.contacts_add_to_segment,
        name="contacts_add_to_segment",
    ),
    path(f"{_A}/contacts/export/", views_selection.contacts_export, name="contacts_export"),
    path(f"{_A}/contacts/<int:contact_id>/", views.contact, name="contact"),
    path(f"{_A}/contacts/<int:contact_id>/edit/", views.contact_edit, name="contact_edit"),
    path(f"{_A}/contacts/<int:contact_id>/delete/", views.contact_delete, name="contact_delete"),
    path(f"{_A}/segments/", views_segments.segments, name="segments"),
    path(f"{_A}/segments/add/", views_segments.segment_add, name="segment_add"),
    path(f"{_A}/segments/<int:segment_id>/", views_segments.segment_edit, name="segment_edit"),
    path(
        f"{_A}/segments/<int:segment_id>/delete/",
        views_segments.segment_delete,
        name="segment_delete",
    ),
]
