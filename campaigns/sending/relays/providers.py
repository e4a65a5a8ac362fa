"""Providers an account may bring its own key of: what anymail calls them and their keys."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provider:
    """`key_name` is the argument that anymail's backend takes the key by.

    `batches`: one call carries many people, each with their own values.
    """

    code: str
    label: str
    key_name: str
    batches: int = 1

    @property
    def backend(self) -> str:
        """Django's path of the backend."""
        return f"anymail.backends.{self.code}.EmailBackend"


_ALL = (
    Provider("postmark", "Postmark", "server_token", batches=500),
    Provider("sendgrid", "SendGrid", "api_key"),
    Provider("mailgun", "Mailgun", "api_key"),
    Provider("brevo", "Brevo", "api_key"),
    Provider("sparkpost", "SparkPost", "api_key"),
    Provider("mailersend", "MailerSend", "api_token"),
    Provider("resend", "Resend", "api_key"),
)

PROVIDERS = {provider.code: provider for provider in _ALL}
