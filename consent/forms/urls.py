"""URLs of the pages about consent forms."""

from django.urls import URLPattern, path

from consent.forms import views, views_acts, views_choice

_F = "a/<int:account_id>/consent-forms"
urlpatterns: list[URLPattern] = [
    path(f"{_F}/", views.forms, name="forms"),
    path(f"{_F}/choice/", views_choice.form_choice, name="form_choice"),
    path(f"{_F}/new/", views.form_new, name="form_new"),
    path(f"{_F}/first/", views.form_first, name="form_first"),
    path(f"{_F}/test/", views_acts.form_test, name="form_test"),
    path(f"{_F}/named/", views_acts.form_named, name="form_named"),
    path(f"{_F}/current/", views_acts.form_current, name="form_current"),
    path(f"{_F}/<int:form_id>/", views.form, name="form"),
    path(f"{_F}/<int:form_id>/put-away/", views_acts.form_put_away, name="form_put_away"),
    path(f"{_F}/<int:form_id>/take-out/", views_acts.form_take_out, name="form_take_out"),
]
