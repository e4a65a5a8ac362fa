"""URLs of the page Suppression."""

from django.urls import URLPattern, path

from consent.suppressed import views, views_acts

_S = "a/<int:account_id>/suppression/"
urlpatterns: list[URLPattern] = [
    path(_S, views.suppression, name="suppression"),
    path(f"{_S}add/", views_acts.suppression_add, name="suppression_add"),
    path(f"{_S}export/", views_acts.suppression_export, name="suppression_export"),
    path(f"{_S}import/", views_acts.suppression_import, name="suppression_import"),
    path(
        f"{_S}import/<int:suppression_import_id>/",
        views.suppression_imported,
        name="suppression_imported",
    ),
    path(f"{_S}<int:suppression_id>/lift/", views_acts.suppression_lift, name="suppression_lift"),
]
