"""Providers an account may bring its own key of: what anymail calls them and their keys."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provider:
    """`key_name` is the argument that anymail's backend takes the key by.

    `batches`: so many people in one call, each with their own words and headers. The others merge
    only into templates that are stored with them, and get one mail per call.
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
    Provider("postmark", "Postmark", "server_token"),
    Provider("sendgrid", "SendGrid", "api_key"),
    Provider("mailgun", "Mailgun", "api_key", batches=100),
    Provider("brevo", "Brevo", "api_key"),
    Provider("sparkpost", "SparkPost", "api_key"),
    Provider("mailersend", "MailerSend", "api_token"),
    Provider("resend", "Resend", "api_key"),
)

PROVIDERS = {provider.code: provider for provider in _ALL}
