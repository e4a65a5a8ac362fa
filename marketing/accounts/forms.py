"""Forms of sign-up and members."""

from django import forms


class SignUpForm(forms.Form):
    """Sign up."""
