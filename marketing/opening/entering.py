"""django-allauth's pages with the status of a refused form: 422, nothing typed is lost."""

from typing import Any

from allauth.account import views as allauth
from django.http import HttpResponse

from marketing.opening.forms import country_sentences


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

    def get_context_data(self, **given: Any) -> dict[str, Any]:
        """With what each country means, for the page's script."""
        page: dict[str, Any] = super().get_context_data(**given)
        return page | {"country_sentences": country_sentences()}


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
