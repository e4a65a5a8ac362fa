"""Providers' events, each in the shape its documentation gives: signed, unsigned, twice, late."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from django.test import Client

from campaigns.models import Chunk, Recipient
from marketing.models import Account, Contact, Standing, Suppression
from marketing.tenancy import use_account
from tests.tracking.making import make_sent_campaign
from tracking.inbound.hooks import VIEWS, hook_url, secret_of
from tracking.models import InboundReport

pytestmark = pytest.mark.django_db
HARD = "550 5.1.1 user unknown"
WHEN = 1_793_000_000


def postmark(kind: str, keys: dict[str, str]) -> Any:
    common = {"MessageID": "m-1", "Metadata": keys, "Recipient": "ana@example.test"}
    return {
        "delivered": common | {"RecordType": "Delivery", "DeliveredAt": "2026-11-01T10:00:00Z"},
        "bounced": common
        | {
            "RecordType": "Bounce",
            "ID": 7,
            "Type": "HardBounce",
            "BouncedAt": "2026-11-01T10:00:00Z",
            "Details": f"smtp;{HARD}",
            "Email": "ana@example.test",
        },
        "complained": common
        | {
            "RecordType": "SpamComplaint",
            "ID": 8,
            "Type": "SpamComplaint",
            "BouncedAt": "2026-11-01T10:00:00Z",
            "Email": "ana@example.test",
        },
        "unsubscribed": common
        | {
            "RecordType": "SubscriptionChange",
            "ChangedAt": "2026-11-01T10:00:00Z",
            "SuppressSending": True,
            "SuppressionReason": "ManualSuppression",
        },
    }[kind]


def sendgrid(kind: str, keys: dict[str, str]) -> Any:
    event: Any = {
        "delivered": {"event": "delivered", "response": "250 OK"},
        "bounced": {"event": "bounce", "type": "bounce", "reason": HARD, "status": "5.1.1"},
        "complained": {"event": "spamreport"},
        "unsubscribed": {"event": "unsubscribe"},
    }[kind]
    common = {"email": "ana@example.test", "timestamp": WHEN, "sg_event_id": f"sg-{kind}"}
    return [common | keys | event]


def mailgun(kind: str, keys: dict[str, str]) -> Any:
    event: Any = {
        "delivered": {"event": "delivered", "delivery-status": {"code": 250, "message": "OK"}},
        "bounced": {
            "event": "failed",
            "severity": "permanent",
            "reason": "bounce",
            "delivery-status": {"code": 550, "message": "5.1.1 user unknown"},
        },
        "complained": {"event": "complained"},
        "unsubscribed": {"event": "unsubscribed"},
    }[kind]
    common = {
        "id": f"mg-{kind}",
        "timestamp": WHEN,
        "recipient": "ana@example.test",
        "user-variables": keys,
        "message": {"headers": {"message-id": "m-1"}},
    }
    stamp = {"timestamp": str(WHEN), "token": "t" * 50}
    signed = hmac.new(b"mg-key", f"{WHEN}{'t' * 50}".encode(), hashlib.sha256).hexdigest()
    return {"signature": stamp | {"signature": signed}, "event-data": common | event}


def brevo(kind: str, keys: dict[str, str]) -> Any:
    name = {
        "delivered": "delivered",
        "bounced": "hard_bounce",
        "complained": "spam",
        "unsubscribed": "unsubscribe",
    }[kind]
    return {
        "event": name,
        "email": "ana@example.test",
        "ts_event": WHEN,
        "message-id": "<m-1>",
        "reason": HARD,
        "X-Mailin-custom": json.dumps(keys),
    }


def sparkpost(kind: str, keys: dict[str, str]) -> Any:
    event: Any = {
        "delivered": {"type": "delivery"},
        "bounced": {"type": "bounce", "bounce_class": "10", "raw_reason": HARD},
        "complained": {"type": "spam_complaint"},
        "unsubscribed": {"type": "list_unsubscribe"},
    }[kind]
    group = "unsubscribe_event" if kind == "unsubscribed" else "message_event"
    common = {
        "event_id": f"sp-{kind}",
        "timestamp": str(WHEN),
        "rcpt_to": "ana@example.test",
        "rcpt_meta": keys,
    }
    return [{"msys": {group: common | event}}]


def mailjet(kind: str, keys: dict[str, str]) -> Any:
    event: Any = {
        "delivered": {"event": "sent", "smtp_reply": "sent (250 OK)"},
        "bounced": {
            "event": "bounce",
            "hard_bounce": True,
            "error_related_to": "recipient",
            "error": "user unknown",
        },
        "complained": {"event": "spam"},
        "unsubscribed": {"event": "unsub"},
    }[kind]
    common = {
        "time": WHEN,
        "email": "ana@example.test",
        "MessageID": 1,
        "Payload": json.dumps(keys),
    }
    return [common | event]


SHAPES = {
    "postmark": postmark,
    "sendgrid": sendgrid,
    "mailgun": mailgun,
    "brevo": brevo,
    "sparkpost": sparkpost,
    "mailjet": mailjet,
}


class Far:
    """A provider that calls the address of one account, about a mail to one person."""

    def __init__(self, account: Account) -> None:
        self.account = account
        with use_account(account):
            self.campaign, people = make_sent_campaign(account)
        self.person: Contact = people[0]
        self.client = Client()

    def keys(self, **other: int) -> dict[str, str]:
        own = {
            "account": self.account.pk,
            "campaign": self.campaign.pk,
            "contact": self.person.pk,
        }
        return {name: str(value) for name, value in (own | other).items()}

    def post(self, provider: str, body: Any, *, secret: str | None = None) -> int:
        word = f"{self.account.pk}:{secret_of(self.account.pk) if secret is None else secret}"
        answer = self.client.post(
            f"/hooks/{provider}/",
            json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Basic {base64.b64encode(word.encode()).decode()}"},
        )
        return answer.status_code

    def tells(self, provider: str, kind: str) -> None:
        assert self.post(provider, SHAPES[provider](kind, self.keys())) == 200

    def reasons(self) -> list[str]:
        with use_account(self.account):
            rows = Suppression.objects.for_account(self.account)
            return list(rows.values_list("reason", flat=True))

    def recipient(self) -> Recipient:
        with use_account(self.account):
            return Recipient.objects.for_account(self.account).get()

    def reports(self) -> int:
        with use_account(self.account):
            return InboundReport.objects.for_account(self.account).count()


@pytest.fixture
def far(acme: Account, settings: Any) -> Far:
    settings.ANYMAIL = {"MAILGUN_WEBHOOK_SIGNING_KEY": "mg-key"}
    return Far(acme)


@pytest.mark.parametrize("provider", SHAPES)
class TestEachProvider:
    def test_a_hard_bounce_suppresses_and_returns_the_mail_once(
        self, far: Far, provider: str
    ) -> None:
        far.tells(provider, "bounced")
        far.tells(provider, "bounced")
        assert far.reasons() == ["bounce"]
        assert far.recipient().trouble == "failed"
        assert far.reports() == 1

    def test_a_complaint_suppresses(self, far: Far, provider: str) -> None:
        far.tells(provider, "complained")
        assert far.reasons() == ["complaint"]
        assert far.recipient().trouble is None

    def test_an_unsubscribe_at_the_provider_is_one_with_us(self, far: Far, provider: str) -> None:
        far.tells(provider, "unsubscribed")
        with use_account(far.account):
            (standing,) = Standing.objects.for_account(far.account)
        assert standing.newsletter == "unsubscribed"

    def test_a_delivery_settles_an_unknown_outcome(self, far: Far, provider: str) -> None:
        with use_account(far.account):
            Recipient.objects.for_account(far.account).update(trouble="unknown", sent_at=None)
            Chunk.objects.for_account(far.account).update(
                sent=0, unknown=1, measured_opens=0, measured_clicks=0
            )
        far.tells(provider, "delivered")
        assert far.recipient().trouble is None
        assert far.recipient().sent_at is not None

    def test_a_delivery_after_the_bounce_changes_nothing(self, far: Far, provider: str) -> None:
        far.tells(provider, "bounced")
        far.tells(provider, "delivered")
        assert far.recipient().trouble == "failed"
        assert far.reasons() == ["bounce"]

    def test_without_the_secret_nothing_changes(
        self, far: Far, provider: str, velo: Account
    ) -> None:
        body = SHAPES[provider]("complained", far.keys())
        for wrong in ("", "guessed"):
            assert far.post(provider, body, secret=wrong) == 404
        assert far.post(provider, body, secret=secret_of(velo.pk)) == 200  # nobody of theirs
        assert far.reasons() == []

    def test_another_accounts_person_is_not_theirs_to_report(
        self, far: Far, provider: str, velo: Account
    ) -> None:
        stranger = Far(velo)
        body = SHAPES[provider]("complained", stranger.keys())
        assert far.post(provider, body) == 200
        assert stranger.reasons() == far.reasons() == []


def test_a_wrong_signature_is_refused_where_the_provider_signs(far: Far) -> None:
    body = mailgun("complained", far.keys())
    body["signature"]["signature"] = "0" * 64
    assert far.post("mailgun", body) == 404
    assert far.reasons() == []


@pytest.mark.parametrize("provider", VIEWS)
@pytest.mark.parametrize("body", [[], {}, [1], "text", {"event-data": 5}, None])
def test_nonsense_is_refused_or_ignored(far: Far, provider: str, body: Any) -> None:
    assert far.post(provider, body) in (200, 404)
    assert far.reasons() == []


def test_an_unknown_provider_and_a_get_are_refused(far: Far) -> None:
    assert far.post("pigeon", {}) == 404
    assert far.client.get("/hooks/postmark/").status_code == 405


def test_the_address_to_paste_holds_the_secret(far: Far) -> None:
    number, secret = far.account.pk, secret_of(far.account.pk)
    url = hook_url(number, "postmark")
    assert url == f"http://{number}:{secret}@testserver/hooks/postmark/"
