"""Forms of the members page: invite somebody, give another role."""

from typing import Any

from django import forms

from marketing.accounts.memberships import roles_given_by
from marketing.accounts.models import Member


class RoleForm(forms.Form):
    """One of the roles this member may give."""

    role = forms.ChoiceField(label="Role", widget=forms.RadioSelect)

    def __init__(self, *given: Any, by: Member, **options: Any) -> None:
        super().__init__(*given, **options)
        self.by = by
        field = self.fields["role"]
        if isinstance(field, forms.ChoiceField):
            field.choices = roles_given_by(by)


class InviteForm(RoleForm):
    """Work email and role of a colleague."""

    email = forms.EmailField(
        label="Work email",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text="We mail a link that works for 7 days.",
    )
    field_order = ("email", "role")

    def clean_email(self) -> str:
        """In lower case; nobody who is here already."""
        email: str = self.cleaned_data["email"].lower()
        if Member.objects.filter(account_id=self.by.account_id, user__email=email).exists():
            raise forms.ValidationError("This person is a member already.")
        return email
