"""Providers' events: each kind of each provider, signed and unsigned, twice, out of order."""

import base64
import json
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from django.test import Client

from campaigns.models import Chunk, Recipient
from marketing.models import Account, Contact, Standing, Suppression
from marketing.tenancy import use_account
from tests.tracking.making import make_sent_campaign
from tests.tracking.provider_shapes import FULL, HARD, SHAPES, WHO
from tests.tracking.provider_signing import KEYS, RSA_KEY, Told, told
from tracking.inbound import hooks, signatures
from tracking.inbound.hooks import VIEWS, hook_url, save_key, secret_of
from tracking.models import HookKey, InboundReport

pytestmark = pytest.mark.django_db
NAME = "90210"  # the provider's name of the mail
SIGNED = {*KEYS, "amazon_ses"}
ANYBODY = {"account": "1", "campaign": "1", "contact": "1"}


def tells(provider: str, kind: str) -> bool:
    """The provider has such an event at this address."""
    return SHAPES[provider](kind, ANYBODY, NAME) is not None


def of(*kinds: str, among: Collection[str] = tuple(VIEWS)) -> pytest.MarkDecorator:
    """For each provider, of these, that tells of all these kinds."""
    found = [each for each in VIEWS if each in among and all(tells(each, k) for k in kinds)]
    return pytest.mark.parametrize("provider", found)


class Far:
    """A provider that calls the address of one account, about a mail to one person."""

    def __init__(self, account: Account) -> None:
        self.account = account
        with use_account(account):
            self.campaign, people = make_sent_campaign(account)
            self.person: Contact = people[0]
            Recipient.objects.for_account(account).update(reply=f"queued {NAME}")
            for provider, key in KEYS.items():
                save_key(account.pk, provider, key)
        self.client = Client()

    def keys(self) -> dict[str, str]:
        own = {
            "account": self.account.pk,
            "campaign": self.campaign.pk,
            "contact": self.person.pk,
        }
        return {name: str(value) for name, value in own.items()}

    def body(self, provider: str, kind: str) -> Any:
        shape = SHAPES[provider](kind, self.keys(), NAME)
        return json.loads(json.dumps(shape).replace(WHO, self.person.address))

    def post(self, provider: str, said: Told, *, secret: str | None = None) -> int:
        word = f"{self.account.pk}:{secret_of(self.account.pk) if secret is None else secret}"
        answer = self.client.post(
            f"/hooks/{provider}/",
            said.body,
            content_type=said.kind,
            headers=said.headers
            | {"Authorization": f"Basic {base64.b64encode(word.encode()).decode()}"},
        )
        return answer.status_code

    def signed(self, provider: str, kind: str) -> Told:
        return told(provider, self.body(provider, kind), url=hook_url(self.account.pk, provider))

    def tells(self, provider: str, kind: str) -> None:
        assert self.post(provider, self.signed(provider, kind)) == 200

    def reasons(self) -> list[str]:
        with use_account(self.account):
            rows = Suppression.objects.for_account(self.account)
            return list(rows.values_list("reason", flat=True))

    def recipient(self) -> Recipient:
        with use_account(self.account):
            return Recipient.objects.for_account(self.account).get()

    def reports(self) -> list[str]:
        with use_account(self.account):
            rows = InboundReport.objects.for_account(self.account).order_by("id")
            return list(rows.values_list("kind", flat=True))

    def standings(self) -> list[str]:
        with use_account(self.account):
            rows = Standing.objects.for_account(self.account)
            return list(rows.values_list("newsletter", flat=True))


def certificate(days: int = 1) -> bytes:
    """What stands at Amazon's address."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(RSA_KEY.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=9))
        .not_valid_after(now + timedelta(days=days))
        .sign(RSA_KEY, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def amazon(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Amazon's web server; the addresses that were asked for."""
    asked: list[str] = []

    def answer(url: str) -> bytes:
        asked.append(url)
        return certificate()

    signatures._key_of.cache_clear()
    monkeypatch.setattr(signatures, "fetch", answer)
    return asked


@pytest.fixture
def far(acme: Account, amazon: list[str], settings: Any) -> Far:
    settings.CREDENTIALS_KEY = "a key of the tests, long enough to be one"
    return Far(acme)


def test_every_provider_of_anymail_has_its_shapes() -> None:
    assert set(SHAPES) == set(VIEWS)
    assert set(KEYS) == set(hooks.KEYS)


class TestEachProvider:
    @of("bounced")
    def test_a_hard_bounce_suppresses_and_returns_the_mail_once(
        self, far: Far, provider: str
    ) -> None:
        said = far.signed(provider, "bounced")
        assert [far.post(provider, said), far.post(provider, said)] == [200, 200]
        assert far.reasons() == ["bounce"]
        assert far.recipient().trouble == "failed"
        assert far.reports() == ["hard"]

    @of("soft")
    def test_a_soft_bounce_returns_the_mail_and_suppresses_nobody(
        self, far: Far, provider: str
    ) -> None:
        far.tells(provider, "soft")
        assert far.reasons() == []
        assert far.recipient().trouble == "failed"
        assert far.reports() == ["soft"]

    @of("deferred")
    def test_what_is_tried_again_changes_nothing(self, far: Far, provider: str) -> None:
        far.tells(provider, "deferred")
        assert far.reasons() == []
        assert far.recipient().trouble is None
        assert far.reports() == ["delayed"]

    @of("complained")
    def test_a_complaint_suppresses(self, far: Far, provider: str) -> None:
        far.tells(provider, "complained")
        assert far.reasons() == ["complaint"]
        assert far.recipient().trouble is None

    @of("unsubscribed")
    def test_an_unsubscribe_at_the_provider_is_one_with_us(self, far: Far, provider: str) -> None:
        far.tells(provider, "unsubscribed")
        assert far.standings() == ["unsubscribed"]

    @of("delivered")
    def test_a_delivery_settles_an_unknown_outcome(self, far: Far, provider: str) -> None:
        with use_account(far.account):
            Recipient.objects.for_account(far.account).update(trouble="unknown", sent_at=None)
            Chunk.objects.for_account(far.account).update(
                sent=0, unknown=1, measured_opens=0, measured_clicks=0
            )
        far.tells(provider, "delivered")
        assert far.recipient().trouble is None
        assert far.recipient().sent_at is not None

    @of("bounced")
    def test_whatever_comes_late_changes_nothing(self, far: Far, provider: str) -> None:
        far.tells(provider, "bounced")
        for kind in ("deferred", "delivered"):
            if tells(provider, kind):
                far.tells(provider, kind)
        assert far.recipient().trouble == "failed"
        assert far.reasons() == ["bounce"]

    @of("complained", "delivered")
    def test_a_complaint_counts_before_and_after_the_delivery(
        self, far: Far, provider: str
    ) -> None:
        far.tells(provider, "complained")
        far.tells(provider, "delivered")
        assert far.reasons() == ["complaint"]
        assert far.recipient().trouble is None

    @of("bounced", "complained")
    def test_a_complaint_after_the_bounce_is_one_too(self, far: Far, provider: str) -> None:
        far.tells(provider, "bounced")
        far.tells(provider, "complained")
        assert sorted(far.reasons()) == ["bounce", "complaint"]

    @of()
    def test_opens_and_clicks_are_not_theirs_to_tell(self, far: Far, provider: str) -> None:
        for kind in ("opened", "clicked"):
            if tells(provider, kind):
                far.tells(provider, kind)
        assert far.reports() == []

    @of("inbound")
    def test_mail_that_came_in_there_is_none_of_ours(self, far: Far, provider: str) -> None:
        assert far.post(provider, far.signed(provider, "inbound")) in (200, 404)
        assert far.reports() == []

    @of("bounced")
    def test_without_the_secret_nothing_changes(
        self, far: Far, provider: str, velo: Account
    ) -> None:
        said = far.signed(provider, "bounced")
        for wrong in ("", "guessed"):
            assert far.post(provider, said, secret=wrong) == 404
        assert far.post(provider, said, secret=secret_of(velo.pk)) in (200, 404)
        assert far.reports() == []

    @of("bounced", among=SIGNED)
    def test_without_the_signature_nothing_changes(self, far: Far, provider: str) -> None:
        said = far.signed(provider, "bounced")
        spoiled = said.body.replace(far.person.address.encode(), b"eve@example.test")
        spoiled = spoiled.replace(b"0.1.1", b"9.9.9").replace(b"user", b"USER")
        assert spoiled != said.body
        unsigned = Told(far_body(provider, said), said.kind)
        if provider == "mailgun":  # only a stamp is signed
            spoiled = said.body.replace(b'"signature": "', b'"signature": "0')
        for each in (replace(said, body=spoiled), unsigned):
            assert far.post(provider, each) == 404
        assert far.reports() == []

    @of("bounced", among=KEYS)
    def test_without_the_accounts_key_a_signature_is_no_proof(
        self, far: Far, provider: str
    ) -> None:
        with use_account(far.account):
            HookKey.objects.for_account(far.account).delete()
        assert far.post(provider, far.signed(provider, "bounced")) == 404
        assert far.reports() == []

    @of()
    def test_another_accounts_person_is_not_theirs_to_report(
        self, far: Far, provider: str, velo: Account
    ) -> None:
        stranger = Far(velo)
        body = stranger.body(provider, "bounced")
        said = told(provider, body, url=hook_url(far.account.pk, provider))
        assert far.post(provider, said) == 200
        assert stranger.reports() == far.reports() == []

    @pytest.mark.parametrize("body", [[], {}, [1], "text", {"event-data": 5}, None])
    @of()
    def test_nonsense_is_refused_or_ignored(self, far: Far, provider: str, body: Any) -> None:
        said = Told(json.dumps(body).encode())
        assert far.post(provider, said) in (200, 404)
        if provider not in {"amazon_ses", "unisender_go"}:
            said = told(provider, body, url=hook_url(far.account.pk, provider))
            assert far.post(provider, said) in (200, 404)
        assert far.reports() == []

    @of()
    def test_a_look_whether_the_address_is_there_is_answered(self, far: Far, provider: str) -> None:
        word = f"{far.account.pk}:{secret_of(far.account.pk)}"
        right = {"Authorization": f"Basic {base64.b64encode(word.encode()).decode()}"}
        for method in (far.client.get, far.client.head):
            assert method(f"/hooks/{provider}/", headers=right).status_code == 200
            wrong = method(f"/hooks/{provider}/", headers={"Authorization": "Basic eDp5"})
            assert wrong.status_code == 404


def far_body(provider: str, said: Told) -> bytes:
    """The body without what signs it."""
    if provider == "mailgun":
        return json.dumps({"event-data": json.loads(said.body)["event-data"]}).encode()
    if provider == "unisender_go":
        return said.body.replace(b'"auth"', b'"auto"')
    if provider == "amazon_ses":
        left_out = {"Signature", "SignatureVersion"}
        whole = json.loads(said.body)
        return json.dumps({k: v for k, v in whole.items() if k not in left_out}).encode()
    return said.body


@pytest.mark.parametrize("provider", ["mailersend", "postal"])
def test_the_address_alone_leads_to_nobody(far: Far, provider: str) -> None:
    with use_account(far.account):
        Recipient.objects.for_account(far.account).update(reply="queued 902101")
    far.tells(provider, "bounced")
    assert far.reports() == []


def test_the_servers_code_counts_more_than_the_providers_word(far: Far) -> None:
    body = far.body("brevo", "soft") | {"reason": HARD}
    assert far.post("brevo", told("brevo", body)) == 200
    assert far.reports() == ["hard"]
    assert FULL not in far.recipient().reply


def test_the_operators_own_provider_speaks_for_every_account(far: Far, settings: Any) -> None:
    settings.ANYMAIL = {"MAILTRAP_TRACKING_SECRET": "mt-key"}
    said = far.signed("mailtrap", "bounced")
    word = f"0:{secret_of(0)}"
    answer = far.client.post(
        "/hooks/mailtrap/",
        said.body,
        content_type=said.kind,
        headers=said.headers
        | {"Authorization": f"Basic {base64.b64encode(word.encode()).decode()}"},
    )
    assert answer.status_code == 200
    assert far.reasons() == ["bounce"]


def test_an_unknown_provider_is_refused(far: Far) -> None:
    assert far.post("pigeon", Told(b"{}")) == 404


def test_the_address_to_paste_holds_the_secret(far: Far) -> None:
    number, secret = far.account.pk, secret_of(far.account.pk)
    url = hook_url(number, "postmark")
    assert url == f"http://{number}:{secret}@testserver/hooks/postmark/"


def test_keys_are_sealed(far: Far) -> None:
    with use_account(far.account):
        sealed = HookKey.objects.for_account(far.account).values_list("sealed", flat=True)
        assert all(key.encode() not in bytes(each) for key in KEYS.values() for each in sealed)


class TestAmazon:
    def asks(self, far: Far, **other: str) -> int:
        """Whether the account wants the topic."""
        body = {
            "Type": "SubscriptionConfirmation",
            "MessageId": "sns-asks",
            "Token": "t" * 40,
            "TopicArn": "arn:aws:sns:eu-west-1:000000000000:assent",
            "Message": "You have chosen to subscribe",
            "SubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription",
            "Timestamp": "2026-11-01T10:00:00Z",
        }
        return far.post("amazon_ses", told("amazon_ses", body | other))

    def question(self, far: Far) -> str:
        with use_account(far.account):
            rows = HookKey.objects.for_account(far.account).filter(provider="amazon_ses")
            return "".join(rows.values_list("confirm_url", flat=True))

    def test_the_secret_is_asked_for(self, far: Far) -> None:
        answer = far.client.post("/hooks/amazon_ses/", b"{}", content_type="text/plain")
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Basic")

    def test_a_subscription_is_kept_for_a_member_and_never_confirmed_by_itself(
        self, far: Far, amazon: list[str]
    ) -> None:
        assert self.asks(far) == 200
        assert self.question(far).startswith("https://sns.eu-west-1.amazonaws.com/?Action=Confirm")
        assert len(amazon) == 1  # the certificate, nothing else

    @pytest.mark.parametrize(
        "url", ["https://evil.example/?x", "http://sns.eu-west-1.amazonaws.com/?x", "javascript:1"]
    )
    def test_an_address_elsewhere_is_not_shown(self, far: Far, url: str) -> None:
        assert self.asks(far, SubscribeURL=url) == 200
        assert self.question(far) == ""

    @pytest.mark.parametrize(
        "url",
        [
            "https://evil.example/SimpleNotificationService-0a.pem",
            "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-0a.pem",
            "https://sns.eu-west-1.amazonaws.com@evil.example/SimpleNotificationService-0a.pem",
            "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem",
            "https://sns.eu-west-1.amazonaws.com/x/SimpleNotificationService-0a.pem",
        ],
    )
    def test_a_certificate_is_fetched_from_amazon_only(
        self, far: Far, amazon: list[str], url: str
    ) -> None:
        said = far.signed("amazon_ses", "bounced")
        body = json.dumps(json.loads(said.body) | {"SigningCertURL": url}).encode()
        assert far.post("amazon_ses", replace(said, body=body)) == 404
        assert amazon == []

    def test_the_certificate_is_fetched_once(self, far: Far, amazon: list[str]) -> None:
        far.tells("amazon_ses", "bounced")
        far.tells("amazon_ses", "complained")
        assert len(amazon) == 1

    def test_without_the_certificate_amazon_comes_again(
        self, far: Far, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(url: str) -> bytes:
            raise signatures.Away

        monkeypatch.setattr(signatures, "fetch", away)
        assert far.post("amazon_ses", far.signed("amazon_ses", "bounced")) == 503
        assert far.reports() == []

    def test_a_certificate_that_is_over_proves_nothing(
        self, far: Far, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(signatures, "fetch", lambda url: certificate(days=-1))
        assert far.post("amazon_ses", far.signed("amazon_ses", "bounced")) == 404


def test_an_old_recording_of_resend_proves_nothing(
    far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = far.signed("resend", "bounced")
    later = float(said.headers["svix-timestamp"]) + 301
    monkeypatch.setattr("tracking.inbound.signatures.time.time", lambda: later)
    assert far.post("resend", said) == 404
    assert far.reports() == []
