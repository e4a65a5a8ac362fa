"""Signatures that anymail leaves to others: Amazon's (SNS), and Resend's (Svix, Standard Webhooks).

Amazon's certificate is fetched from Amazon's own hosts only, and kept. Nothing is confirmed by
itself: a topic becomes ours when a member says so.
"""

import base64
import binascii
import hmac
import json
import re
import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from urllib.error import URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from anymail.exceptions import AnymailWebhookValidationFailure
from anymail.webhooks.amazon_ses import AmazonSESTrackingWebhookView
from anymail.webhooks.base import AnymailBaseWebhookView
from anymail.webhooks.resend import ResendTrackingWebhookView
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.http import HttpRequest

_CERTIFICATE: Final = re.compile(
    r"https://sns\.[a-z0-9-]{1,30}\.amazonaws\.com(\.cn)?/SimpleNotificationService-[\w-]{1,80}\.pem"
)
_CONFIRM: Final = re.compile(r"https://sns\.[a-z0-9-]{1,30}\.amazonaws\.com(\.cn)?/\?[!-~]{1,1900}")
_SECONDS: Final = 5
_OCTETS: Final = 16 * 1024
_FRESH_SECONDS: Final = 300  # Svix: an older request is somebody's recording
# What is signed, in this order; Subject only where there is one.
_NOTIFIED: Final = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_ASKED: Final = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


class Away(Exception):
    """Amazon's certificate could not be fetched now: nothing is known about the signature."""


class AmazonSes(AmazonSESTrackingWebhookView):
    """Amazon's events, signed by Amazon. anymail would need boto3, and look at no signature."""

    def __init__(self, **given: Any) -> None:
        self.auto_confirm_enabled = False
        AnymailBaseWebhookView.__init__(self, **given)

    def validate_request(self, request: HttpRequest) -> None:
        """Raises AnymailWebhookValidationFailure, or Away. anymail calls its own checks, too."""
        said = self._parse_sns_message(request)
        names = _NOTIFIED if said.get("Type") == "Notification" else _ASKED
        text = "".join(f"{name}\n{said[name]}\n" for name in names if name in said)
        algorithm = {"1": hashes.SHA1(), "2": hashes.SHA256()}.get(said.get("SignatureVersion"))  # noqa: S303
        if algorithm is None or not _CERTIFICATE.fullmatch(str(said.get("SigningCertURL"))):
            raise AnymailWebhookValidationFailure("Not signed by Amazon")
        try:
            signature = base64.b64decode(said["Signature"], validate=True)
            key = _key_of(said["SigningCertURL"])
            key.verify(signature, text.encode(), padding.PKCS1v15(), algorithm)
        except (InvalidSignature, binascii.Error, KeyError, ValueError) as bad:
            raise AnymailWebhookValidationFailure("Not signed by Amazon") from bad


def confirm_url_of(request: HttpRequest) -> str:
    """The address a member opens to have Amazon's topic; "" where nothing was asked.

    Call after the signature was checked.
    """
    said = json.loads(request.body)
    if not isinstance(said, dict) or said.get("Type") != "SubscriptionConfirmation":
        return ""
    url = str(said.get("SubscribeURL"))
    return url if _CONFIRM.fullmatch(url) else ""


class Resend(ResendTrackingWebhookView):
    """Resend's events, signed by Svix; a dozen lines instead of another package."""

    signing_secret = None

    def __init__(self, *, signing_secret: str, **given: Any) -> None:
        self._secret = signing_secret
        self._svix_webhook = None
        AnymailBaseWebhookView.__init__(self, **given)

    def validate_request(self, request: HttpRequest) -> None:
        """Raises AnymailWebhookValidationFailure."""
        names = ("svix-id", "svix-timestamp", "svix-signature")
        ident, at, signatures = (request.headers.get(name, "") for name in names)
        if not at.isdigit() or abs(time.time() - int(at[:12])) > _FRESH_SECONDS:
            raise AnymailWebhookValidationFailure("Not signed just now")
        try:
            key = base64.b64decode(self._secret.removeprefix("whsec_"), validate=True)
        except binascii.Error as bad:
            raise AnymailWebhookValidationFailure("The secret is none") from bad
        said = f"{ident}.{at}.".encode() + request.body
        wanted = "v1," + base64.b64encode(hmac.digest(key, said, "sha256")).decode()
        if not any(hmac.compare_digest(wanted, each) for each in signatures.split()):
            raise AnymailWebhookValidationFailure("Not signed by Resend")


@lru_cache(maxsize=16)
def _key_of(url: str) -> RSAPublicKey:
    """Of a certificate that is in force. What fails is not kept. Raises Away, ValueError."""
    certificate = x509.load_pem_x509_certificate(fetch(url))
    key = certificate.public_key()
    now = datetime.now(UTC)
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise ValueError("The certificate is not in force.")
    if not isinstance(key, RSAPublicKey):
        raise ValueError("The certificate has another kind of key.")
    return key


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *arguments: Any, **options: Any) -> None:
        """Elsewhere is not Amazon."""


def fetch(url: str) -> bytes:
    """What stands at an address that was checked before. Raises Away."""
    try:
        with build_opener(_NoRedirect).open(Request(url), timeout=_SECONDS) as answer:  # noqa: S310
            return bytes(answer.read(_OCTETS))
    except (URLError, OSError) as gone:
        raise Away from gone
