"""URLs of imports."""

from django.urls import URLPattern, path

from consent.importing import views

_I = "a/<int:account_id>/contacts/import"
urlpatterns: list[URLPattern] = [
    path(f"{_I}/", views.import_file, name="import"),
    path(f"{_I}/<int:import_id>/", views.import_result, name="import_result"),
    path(f"{_I}/<int:import_id>/reading/", views.import_reading, name="import_reading"),
    path(f"{_I}/<int:import_id>/origin/", views.import_origin, name="import_origin"),
    path(f"{_I}/<int:import_id>/columns/", views.import_columns, name="import_columns"),
    path(f"{_I}/<int:import_id>/check/", views.import_check, name="import_check"),
    path(f"{_I}/<int:import_id>/errors/", views.import_errors, name="import_errors"),
    path(f"{_I}/<int:import_id>/segment/", views.import_segment, name="import_segment"),
]
