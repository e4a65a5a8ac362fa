"""The address a provider posts its events to: one per account, with a secret of its own.

The secret is a signed token (basic auth, which all providers can send). Where a provider
signs, too, its signature must hold; its key is the account's, else the operator's, in ANYMAIL.
"""

import warnings
from dataclasses import dataclass
from typing import Any, Final

from anymail.exceptions import (
    AnymailConfigurationError,
    AnymailError,
    AnymailWarning,
    AnymailWebhookValidationFailure,
)
from anymail.utils import get_request_basic_auth
from anymail.webhooks import (
    brevo,
    mailersend,
    mailgun,
    mailjet,
    mailtrap,
    mandrill,
    postal,
    postmark,
    sendgrid,
    sparkpost,
    unisender_go,
)
from django.conf import settings
from django.http import HttpRequest

from marketing import sealing
from marketing.signing import tokens
from marketing.tenancy import use_account
from tracking.inbound.models import HookKey
from tracking.inbound.signatures import AmazonSes, Resend

_PURPOSE: Final = "hook_key"
VIEWS: Final[dict[str, Any]] = {
    "amazon_ses": AmazonSes,
    "brevo": brevo.BrevoTrackingWebhookView,
    "mailersend": mailersend.MailerSendTrackingWebhookView,
    "mailgun": mailgun.MailgunTrackingWebhookView,
    "mailjet": mailjet.MailjetTrackingWebhookView,
    "mailtrap": mailtrap.MailtrapTrackingWebhookView,
    "mandrill": mandrill.MandrillCombinedWebhookView,
    "postal": postal.PostalTrackingWebhookView,
    "postmark": postmark.PostmarkTrackingWebhookView,
    "resend": Resend,
    "sendgrid": sendgrid.SendGridTrackingWebhookView,
    "sparkpost": sparkpost.SparkPostTrackingWebhookView,
    "unisender_go": unisender_go.UnisenderGoTrackingWebhookView,
}


# The argument that anymail's view takes the key of the provider's signatures by, and what the
# provider calls it. Those that are not here cannot sign; Amazon's key is in its certificate.
KEYS: Final = {
    "mailersend": ("signing_secret", "signing secret"),
    "mailgun": ("webhook_signing_key", "HTTP webhook signing key"),
    "mailtrap": ("tracking_secret", "signature secret"),
    "mandrill": ("webhook_key", "webhook key"),
    "postal": ("webhook_key", "public key"),
    "resend": ("signing_secret", "signing secret (whsec_...)"),
    "sendgrid": ("tracking_webhook_verification_key", "verification key"),
    "unisender_go": ("api_key", "API key"),
}

# anymail reads bodies as providers write them; whatever else is sent breaks it in these ways.
_BAD: Final = (
    AnymailWebhookValidationFailure,
    AnymailConfigurationError,
    AnymailError,
    AssertionError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,  # a day of the year 20,000
    RecursionError,  # a hundred thousand brackets
)


class NotTheirs(Exception):
    """Unknown provider, wrong secret, wrong signature, or a shape that nobody understands."""


@dataclass(frozen=True)
class Hook:
    """Whose address was called, and which provider may post there."""

    account_id: int  # 0: the operator's own provider
    provider: str


def hook_url(account_id: int, provider: str) -> str:
    """What to paste at the provider: it holds the secret."""
    scheme, _, rest = settings.SITE_URL.partition("://")
    return f"{scheme}://{account_id}:{secret_of(account_id)}@{rest}/hooks/{provider}/"


def secret_of(account_id: int) -> str:
    """The password in the address; it changes with TOKEN_KEY."""
    return tokens.make("hook", account_id, 0)


def save_key(account_id: int, provider: str, key: str) -> None:
    """Keep the key of the account's provider, sealed. Raises NoKey. Inside `use_account`."""
    HookKey.objects.update_or_create(
        account_id=account_id,
        provider=provider,
        defaults={"sealed": sealing.seal(_PURPOSE, account_id, key)},
    )


def hook_of(request: HttpRequest, provider: str) -> Hook:
    """The address that was called, if its secret is right. Raises NotTheirs."""
    _, _, secret = (get_request_basic_auth(request) or "").partition(":")
    claims = tokens.read("hook", secret)
    if claims is None or provider not in VIEWS:
        raise NotTheirs
    return Hook(claims.account, provider)


def events_in(request: HttpRequest, hook: Hook) -> list[Any]:
    """The events of a request whose signature holds. Raises NotTheirs, or signatures.Away."""
    try:
        with warnings.catch_warnings():
            # The secret is always given; that a provider is "not supported" is said on sending.
            warnings.simplefilter("ignore", AnymailWarning)
            view = VIEWS[hook.provider](**_proof(request, hook))
        view.run_validators(request)
        return list(view.parse_events(request))
    except _BAD as bad:
        raise NotTheirs from bad


def _proof(request: HttpRequest, hook: Hook) -> dict[str, str]:
    """What the request has to match. Raises NotTheirs where the key of signatures is unknown."""
    name = (get_request_basic_auth(request) or "").partition(":")[0]
    proof = {"webhook_secret": f"{name}:{secret_of(hook.account_id)}"}
    if hook.provider not in KEYS:
        return proof
    argument = KEYS[hook.provider][0]
    key = _own_key(hook) or _operators_key(hook.provider, argument)
    if not key:
        raise NotTheirs
    # Mandrill signs the address, too: as it was pasted, not as a proxy hands it on.
    url = {"webhook_url": hook_url(hook.account_id, hook.provider)}
    return proof | {argument: key} | (url if hook.provider == "mandrill" else {})


def _own_key(hook: Hook) -> str:
    if not hook.account_id:
        return ""
    with use_account(hook.account_id):
        row = HookKey.objects.for_account(hook.account_id).filter(provider=hook.provider).first()
    try:
        sealed = bytes(row.sealed) if row else b""
        return sealing.unseal(_PURPOSE, hook.account_id, sealed) if sealed else ""
    except sealing.NotOpened as closed:
        raise NotTheirs from closed


def _operators_key(provider: str, argument: str) -> str:
    return str(getattr(settings, "ANYMAIL", {}).get(f"{provider}_{argument}".upper(), ""))
