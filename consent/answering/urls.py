"""URLs behind the login that show the public pages: previews."""

from django.urls import URLPattern, path

from consent.answering import views_preview

urlpatterns: list[URLPattern] = [
    path(
        "a/<int:account_id>/consent-forms/preview/<str:kind>/",
        views_preview.form_preview,
        name="form_preview",
    ),
]
