"""URLs of accounts: chooser, Settings > Mail, members, audit log."""

from django.urls import URLPattern, path

from marketing.accounts import views, views_logo, views_members

_MEMBERS = "a/<int:account_id>/members/"
_INVITED = f"{_MEMBERS}invited/<int:invitation_id>/"
_LOGO = "a/<int:account_id>/settings/logo/"

urlpatterns: list[URLPattern] = [
    path("", views.accounts, name="accounts"),
    path("a/<int:account_id>/settings/", views.settings, name="settings"),
    path("a/<int:account_id>/settings/mail/", views.settings_mail, name="settings_mail"),
    path(_LOGO, views_logo.logo, name="logo"),
    path(f"{_LOGO}remove/", views_logo.logo_remove, name="logo_remove"),
    path(_MEMBERS, views_members.members, name="members"),
    path(f"{_MEMBERS}<int:member_id>/role/", views_members.member_role, name="member_role"),
    path(f"{_MEMBERS}<int:member_id>/remove/", views_members.member_remove, name="member_remove"),
    path(f"{_INVITED}mail/", views_members.invitation_mail, name="invitation_mail"),
    path(f"{_INVITED}take-back/", views_members.invitation_take_back, name="invitation_take_back"),
    path("a/<int:account_id>/audit/", views.audit, name="audit"),
]
