"""Pages: reports to look at, a provider's address and key, who gets replies."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse
from django.utils import timezone

from marketing.models import Account, AuditLine, Contact, Member, Sender, Suppression
from marketing.tenancy import use_account
from tests.making import make_contact, make_sender
from tests.tracking.provider_signing import EC_KEY, public_pem
from tracking.inbound.hooks import KEYS, VIEWS, secret_of
from tracking.inbound.pages.forms import LABELS
from tracking.inbound.pages.reading import PAGE
from tracking.inbound.replies.routing import address_for
from tracking.models import HookKey, InboundReport

pytestmark = pytest.mark.django_db


def make_report(contact: Contact, number: int = 0, **fields: Any) -> InboundReport:
    defaults = {"needs_review": True, "subject": f"Undelivered {number}", "diagnostic": "odd"}
    return InboundReport.objects.create(
        account_id=contact.account_id,
        received_at=timezone.now(),
        kind="quarantine",
        campaign_id=1,
        contact_id=contact.pk,
        address_hash=contact.address_hash,
        digest=number.to_bytes(32, "big"),
        **(defaults | fields),
    )


def url(name: str, *ids: int) -> str:
    return reverse(f"tracking:{name}", args=ids)


class TestReports:
    def test_without_any_it_says_so(self, adam: Member, as_member: Any) -> None:
        answer = as_member(adam).get(url("reports", adam.account_id))
        assert b"Nothing waits for you" in answer.content

    def test_they_come_newest_first_page_by_page(
        self, acme: Account, ana: Contact, adam: Member, as_member: Any
    ) -> None:
        with use_account(acme):
            for number in range(PAGE + 2):
                make_report(ana, number)
            make_report(ana, 99, needs_review=False)
        client = as_member(adam)
        first = client.get(url("reports", acme.pk))
        shown = [line.report.subject for line in first.context["lines"]]
        assert shown == [f"Undelivered {n}" for n in range(PAGE + 1, 1, -1)]
        second = client.get(first.context["next_url"])
        assert len(second.context["lines"]) == 2
        assert second.context["next_url"] == ""
        assert second.context["first_url"]
        assert client.get(url("reports", acme.pk) + "?before=x").status_code == 200

    def test_queries_do_not_grow_with_them(
        self, acme: Account, adam: Member, as_member: Any, django_assert_max_num_queries: Any
    ) -> None:
        with use_account(acme):
            for number in range(20):
                make_report(make_contact(acme, f"p{number}@example.test"), number)
        client = as_member(adam)
        with django_assert_max_num_queries(12):
            client.get(url("reports", acme.pk))

    @pytest.mark.parametrize(("act", "reasons"), [("dismiss", []), ("block", ["member"])])
    def test_a_member_decides_once(
        self,
        acme: Account,
        ana: Contact,
        adam: Member,
        as_member: Any,
        act: str,
        reasons: list[str],
    ) -> None:
        with use_account(acme):
            report = make_report(ana)
        client = as_member(adam)
        for _ in range(2):
            answer = client.post(url("report_settle", acme.pk, report.pk), {"act": act})
            assert answer["Location"] == url("reports", acme.pk)
        with use_account(acme):
            rows = Suppression.objects.for_account(acme)
            assert list(rows.values_list("reason", flat=True)) == reasons
            assert not InboundReport.objects.for_account(acme).get().needs_review
            lines = AuditLine.objects.for_account(acme).filter(act__startswith="report.")
            assert lines.count() == 1

    def test_refusals_for_our_sake_are_told_in_the_servers_words(
        self, acme: Account, ana: Contact, adam: Member, as_member: Any, client: Any
    ) -> None:
        words = "550 5.7.1 blocked by policy"
        alarm = {"alarm": True, "needs_review": False, "status": "5.7.1", "diagnostic": words}
        with use_account(acme):
            for number in range(3):
                make_report(ana, number, **alarm)
        answer = as_member(adam).get(url("reports", acme.pk))
        (told,) = answer.context["alarms"]
        assert (told.words, told.reports) == (words, 3)
        assert b"Refused for our sake" in answer.content
        assert client.get("/health/inbound").json()["alarms_today"] == 3

    def test_a_viewer_looks_and_decides_nothing(
        self, acme: Account, ana: Contact, rita: Member, as_member: Any
    ) -> None:
        with use_account(acme):
            report = make_report(ana)
        client = as_member(rita)
        assert b"Block address" not in client.get(url("reports", acme.pk)).content
        settle = client.post(url("report_settle", acme.pk, report.pk), {"act": "block"})
        assert settle.status_code == 404


class TestProvider:
    @pytest.mark.parametrize("code", VIEWS)
    def test_each_has_its_address(
        self, acme: Account, adam: Member, as_member: Any, code: str
    ) -> None:
        answer = as_member(adam).get(url("provider", acme.pk) + f"?provider={code}")
        assert f"{secret_of(acme.pk)}@testserver/hooks/{code}/" in answer.content.decode()
        assert (b"This provider signs" in answer.content) == (code in KEYS)

    def test_a_key_is_kept_and_never_shown(
        self, acme: Account, adam: Member, as_member: Any, settings: Any
    ) -> None:
        settings.CREDENTIALS_KEY = "a key of the tests, long enough to be one"
        page = url("provider", acme.pk) + "?provider=sendgrid"
        pem = f"-----BEGIN PUBLIC KEY-----\n{public_pem(EC_KEY)}\n-----END PUBLIC KEY-----\n"
        client = as_member(adam)
        assert client.post(page, {"key": pem})["Location"] == page
        after = client.get(page).content
        assert b"A key is kept" in after
        assert public_pem(EC_KEY).split("\n")[0].encode() not in after

    def test_without_a_key_to_seal_with_it_says_so(
        self, acme: Account, adam: Member, as_member: Any, settings: Any
    ) -> None:
        settings.CREDENTIALS_KEY = ""
        page = url("provider", acme.pk) + "?provider=mailgun"
        answer = as_member(adam).post(page, {"key": "x"})
        assert answer.status_code == 422
        assert b"CREDENTIALS_KEY" in answer.content

    def test_amazons_question_is_shown_until_it_is_answered(
        self, acme: Account, adam: Member, as_member: Any
    ) -> None:
        with use_account(acme):
            HookKey.objects.create(
                account=acme,
                provider="amazon_ses",
                confirm_url="https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription",
                confirm_asked_at=timezone.now(),
            )
        client, page = as_member(adam), url("provider", acme.pk) + "?provider=amazon_ses"
        assert b"Confirm at Amazon" in client.get(page).content
        client.post(page, {"act": "confirmed"})
        assert b"Confirm at Amazon" not in client.get(page).content

    def test_an_editor_sees_no_secret(self, acme: Account, emil: Member, as_member: Any) -> None:
        assert as_member(emil).get(url("provider", acme.pk)).status_code == 404

    def test_every_provider_has_a_name(self) -> None:
        assert set(LABELS) == set(VIEWS)


class TestReplies:
    @pytest.fixture
    def sender(self, acme: Account) -> Sender:
        with use_account(acme):
            return make_sender(acme)

    def test_only_confirmed_addresses_can_be_chosen(
        self, acme: Account, sender: Sender, adam: Member, emil: Member, as_member: Any
    ) -> None:
        EmailAddress.objects.create(
            user=emil.user, email=emil.user.email, verified=True, primary=True
        )
        client, page = as_member(adam), url("reply_route", acme.pk, sender.pk)
        words = client.get(page).content.decode()
        assert emil.user.email in words
        assert f'value="member:{adam.pk}"' not in words
        assert client.post(page, {"to": f"member:{adam.pk}"}).status_code == 422
        for choice, address in (
            (f"member:{emil.pk}", emil.user.email),
            ("nobody", ""),
            ("sender", sender.address),
        ):
            assert client.post(page, {"to": choice}).status_code == 302
            with use_account(acme):
                assert address_for(acme.pk, sender.pk) == address
            assert f'value="{choice}"' in client.get(page).content.decode()
