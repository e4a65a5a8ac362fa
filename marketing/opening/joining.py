"""Joining an account by an invitation: as the user one is, or as a new one made here."""

from typing import Any

from allauth.account.models import EmailAddress
from django import forms
from django.contrib.auth.password_validation import validate_password

from marketing.accounts.inviting import accept
from marketing.models import Invitation, User
from marketing.names import NameField


class JoinForm(forms.Form):
    """Name and password of somebody who has no user yet; the address is the invited one."""

    name = NameField(
        label="Your name",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = forms.CharField(
        label="Password",
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 8 characters. A sentence works well.",
    )

    def __init__(self, *given: Any, email: str, **options: Any) -> None:
        super().__init__(*given, **options)
        self.email = email

    def clean(self) -> dict[str, Any]:
        """The password is held to the rules for this person."""
        given = super().clean() or {}
        if "password" in given:
            user = User(email=self.email, name=given.get("name", ""))
            try:
                validate_password(given["password"], user)
            except forms.ValidationError as weak:
                self.add_error("password", weak)
        return given


def join_as_new_user(invitation: Invitation, *, name: str, password: str) -> User:
    """Make the user, whose address the mailed link has proved, and accept for it."""
    user = User.objects.create_user(invitation.email, password, name=name)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    accept(invitation, user)
    return user
