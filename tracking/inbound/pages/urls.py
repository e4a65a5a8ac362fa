"""URLs of what members see of what came back."""

from django.urls import URLPattern, path

from tracking.inbound.pages import views

_SETTINGS = "a/<int:account_id>/settings/"

urlpatterns: list[URLPattern] = [
    path(_SETTINGS + "deliverability/reports/", views.reports, name="reports"),
    path(
        _SETTINGS + "deliverability/reports/<int:report_id>/",
        views.report_settle,
        name="report_settle",
    ),
    path(_SETTINGS + "deliverability/provider/", views.provider, name="provider"),
    path(_SETTINGS + "senders/<int:sender_id>/replies/", views.reply_route, name="reply_route"),
]
