"""The address a provider posts its events to: one per account, with a secret of its own.

The secret is a signed token (basic auth, which all providers can send); where a provider also signs
and its key is known (ANYMAIL's settings, or the account's own key), the signature must hold too.
"""

import warnings
from typing import Any, Final

from anymail.exceptions import (
    AnymailConfigurationError,
    AnymailWarning,
    AnymailWebhookValidationFailure,
)
from anymail.utils import get_request_basic_auth
from anymail.webhooks import (
    amazon_ses,
    brevo,
    mailersend,
    mailgun,
    mailjet,
    mailtrap,
    mandrill,
    postal,
    postmark,
    resend,
    sendgrid,
    sparkpost,
    unisender_go,
)
from django.conf import settings
from django.http import HttpRequest

from marketing.signing import tokens

VIEWS: Final[dict[str, Any]] = {
    "amazon_ses": amazon_ses.AmazonSESTrackingWebhookView,
    "brevo": brevo.BrevoTrackingWebhookView,
    "mailersend": mailersend.MailerSendTrackingWebhookView,
    "mailgun": mailgun.MailgunTrackingWebhookView,
    "mailjet": mailjet.MailjetTrackingWebhookView,
    "mailtrap": mailtrap.MailtrapTrackingWebhookView,
    "mandrill": mandrill.MandrillCombinedWebhookView,
    "postal": postal.PostalTrackingWebhookView,
    "postmark": postmark.PostmarkTrackingWebhookView,
    "resend": resend.ResendTrackingWebhookView,
    "sendgrid": sendgrid.SendGridTrackingWebhookView,
    "sparkpost": sparkpost.SparkPostTrackingWebhookView,
    "unisender_go": unisender_go.UnisenderGoTrackingWebhookView,
}


# anymail reads bodies as providers write them; whatever else is sent breaks it in these ways.
_BAD: Final = (
    AnymailWebhookValidationFailure,
    AnymailConfigurationError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
)


class NotTheirs(Exception):
    """Unknown provider, wrong secret, wrong signature, or a shape that nobody understands."""


def hook_url(account_id: int, provider: str) -> str:
    """What to paste at the provider: it holds the secret."""
    scheme, _, rest = settings.SITE_URL.partition("://")
    return f"{scheme}://{account_id}:{secret_of(account_id)}@{rest}/hooks/{provider}/"


def secret_of(account_id: int) -> str:
    """The password in the address; it changes with TOKEN_KEY."""
    return tokens.make("hook", account_id, 0)


def events_in(request: HttpRequest, provider: str) -> tuple[int, list[Any]]:
    """The account and events of a request whose secret and signature hold. Raises NotTheirs."""
    name, _, secret = (get_request_basic_auth(request) or "").partition(":")
    claims = tokens.read("hook", secret)
    view_class = VIEWS.get(provider)
    if claims is None or view_class is None:
        raise NotTheirs
    try:
        with warnings.catch_warnings():
            # The secret is always given; that a provider is "not supported" is said on sending.
            warnings.simplefilter("ignore", AnymailWarning)
            view = view_class(webhook_secret=f"{name}:{secret_of(claims.account)}")
        view.run_validators(request)
        return claims.account, list(view.parse_events(request))
    except _BAD as bad:
        raise NotTheirs from bad
