"""How providers sign what they post, with keys of the tests."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from tests.tracking.provider_shapes import WHEN

RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
SVIX = "whsec_" + base64.b64encode(b"resend-secret-of-tests").decode()


@dataclass(frozen=True)
class Told:
    """A request as the provider sends it."""

    body: bytes
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


def public_pem(key: Any) -> str:
    """A public key as providers show it: without the frame."""
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return "\n".join(pem.decode().splitlines()[1:-1])


def told(provider: str, body: Any, *, url: str = "") -> Told:
    """The body as the provider posts it, signed where it signs."""
    raw = json.dumps(body).encode()
    if provider == "mandrill":
        text = json.dumps(body)
        signed = hmac.digest(b"md-key", f"{url}mandrill_events{text}".encode(), "sha1")
        header = {"X-Mandrill-Signature": base64.b64encode(signed).decode()}
        form = urlencode({"mandrill_events": text}).encode()
        return Told(form, "application/x-www-form-urlencoded", header)
    if provider == "unisender_go":
        spoken = raw.replace(b'"auth": ""', b'"auth": "ug-key"')
        digest = hashlib.md5(spoken, usedforsecurity=False).hexdigest()
        return Told(raw.replace(b'"auth": ""', f'"auth": "{digest}"'.encode()))
    if provider == "amazon_ses":
        return _from_amazon(body)
    return Told(raw, headers=SIGNERS[provider](raw) if provider in SIGNERS else {})


def _from_amazon(body: Any) -> Told:
    names = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn")
    text = "".join(f"{name}\n{body[name]}\n" for name in (*names, "Type") if name in body)
    signature = RSA_KEY.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    whole = body | {
        "SignatureVersion": "2",
        "Signature": base64.b64encode(signature).decode(),
        "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem",
    }
    headers = {
        "x-amz-sns-message-type": body["Type"],
        "x-amz-sns-message-id": body["MessageId"],
    }
    return Told(json.dumps(whole).encode(), "text/plain; charset=UTF-8", headers)


def _svix(raw: bytes) -> dict[str, str]:
    at = str(int(time.time()))
    ident = f"msg_{hashlib.sha256(raw).hexdigest()[:20]}"
    key = base64.b64decode(SVIX.removeprefix("whsec_"))
    signed = hmac.digest(key, f"{ident}.{at}.".encode() + raw, "sha256")
    signature = base64.b64encode(signed).decode()
    return {"svix-id": ident, "svix-timestamp": at, "svix-signature": f"v1,AAAA v1,{signature}"}


def _by_sendgrid(raw: bytes) -> dict[str, str]:
    signed = EC_KEY.sign(str(WHEN).encode() + raw, ec.ECDSA(hashes.SHA256()))
    return {
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signed).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": str(WHEN),
    }


def _by_postal(raw: bytes) -> dict[str, str]:
    signed = RSA_KEY.sign(raw, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303
    return {"X-Postal-Signature": base64.b64encode(signed).decode()}


def _hex(secret: bytes, raw: bytes) -> str:
    return hmac.new(secret, raw, hashlib.sha256).hexdigest()


SIGNERS: dict[str, Callable[[bytes], dict[str, str]]] = {
    "mailersend": lambda raw: {"Signature": _hex(b"ms-key", raw)},
    "mailtrap": lambda raw: {"Mailtrap-Signature": _hex(b"mt-key", raw)},
    "postal": _by_postal,
    "resend": _svix,
    "sendgrid": _by_sendgrid,
}
# What an account enters as the key of its provider's signatures.
KEYS = {
    "mailersend": "ms-key",
    "mailgun": "mg-key",
    "mailtrap": "mt-key",
    "mandrill": "md-key",
    "postal": public_pem(RSA_KEY),
    "resend": SVIX,
    "sendgrid": public_pem(EC_KEY),
    "unisender_go": "ug-key",
}
