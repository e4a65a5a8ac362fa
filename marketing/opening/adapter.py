"""How django-allauth sends its mails and which addresses it puts into them."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from marketing.tasks import hand_over_mail


class AccountAdapter(DefaultAccountAdapter):
    """allauth with our mail queue. Its links name our own host, never the request's."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Render now, send later: a request never talks to a mail server."""
        mail = self.render_mail(template_prefix, email, context)
        html = next((body for body, kind in getattr(mail, "alternatives", ())), "")
        hand_over_mail(to=email, subject=str(mail.subject), text=str(mail.body), html=str(html))

    def format_email_subject(self, subject: str) -> str:
        """No prefix: the sender's name says who writes."""
        return subject

    def get_reset_password_from_key_url(self, key: str) -> str:
        """A forged Host header must not decide where the link leads."""
        user, _, rest = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": user, "key": rest})
        return f"{settings.SITE_URL}{path}"

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        """To the new account's home, by way of the chooser."""
        return reverse("marketing:accounts")
