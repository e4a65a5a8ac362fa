"""URLs of exports."""

from django.urls import URLPattern, path

from marketing.exporting import views

_A = "a/<int:account_id>/exports/<int:export_id>"
urlpatterns: list[URLPattern] = [
    path(f"{_A}/", views.export, name="export"),
    path(f"{_A}/file/", views.export_file, name="export_file"),
]
