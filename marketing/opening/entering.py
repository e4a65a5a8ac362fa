"""django-allauth's pages with the status of a refused form: 422, nothing typed is lost."""

from typing import Any

from allauth.account import views as allauth
from django.http import HttpResponse


class _Refusing:
    """Mixed into a form view: an invalid form is an error to the client as well."""

    def form_invalid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]
        response.status_code = 422
        return response


class LoginView(_Refusing, allauth.LoginView):
    """Log in."""


class SignupView(_Refusing, allauth.SignupView):
    """Create an account."""


class PasswordChangeView(_Refusing, allauth.PasswordChangeView):
    """Change the password."""


class PasswordResetView(_Refusing, allauth.PasswordResetView):
    """Ask for a link."""


class PasswordResetFromKeyView(_Refusing, allauth.PasswordResetFromKeyView):
    """Choose a new password."""


login = LoginView.as_view()
signup = SignupView.as_view()
password_change = PasswordChangeView.as_view()
password_reset = PasswordResetView.as_view()
password_reset_from_key = PasswordResetFromKeyView.as_view()
