"""What the operator does by commands: mail that led to nobody, the provider's address."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from campaigns.sending.addressing import envelope_sender
from marketing.models import Account, Suppression
from marketing.tenancy import use_account
from tests.tracking.making import make_sent_campaign
from tracking.inbound.mails import receive
from tracking.models import UnclaimedMail

pytestmark = pytest.mark.django_db


def said(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def complaint(verp: str) -> bytes:
    return (
        "Message-ID: <c@fbl.example>\nSubject: Complaint\n"
        'Content-Type: multipart/report; boundary="B"\n\n'
        "--B\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n"
        f"Original-Mail-From: <{verp}>\n\n--B--\n"
    ).encode()


@pytest.mark.parametrize(("key", "counts"), [("", True), ("0", False)])
def test_the_operator_vouches_for_a_sender_and_never_for_a_key(
    acme: Account, settings: Any, key: str, counts: bool
) -> None:
    settings.INBOUND_AUTHSERV_ID = "mx.assent.example"
    with use_account(acme):
        campaign, (person,) = make_sent_campaign(acme)
    verp = envelope_sender(acme.pk, campaign.pk, person.pk).replace("@", f"{key}@")
    receive(complaint(verp), "fbl@mail.assent.example")
    number = str(UnclaimedMail.objects.get().pk)
    assert "unauthenticated  to fbl@mail.assent.example  Complaint" in said("unclaimed_mail")
    assert "Feedback-Type: abuse" in said("unclaimed_mail", "show", number)
    assert said("unclaimed_mail", "release", number).startswith("It counts") == counts
    assert UnclaimedMail.objects.exists() != counts
    with use_account(acme):
        assert Suppression.objects.for_account(acme).exists() == counts


def test_the_operator_lets_it_go() -> None:
    receive(b"Subject: You have won\n\nA million.\n", "fbl@mail.assent.example")
    said("unclaimed_mail", "forget", str(UnclaimedMail.objects.get().pk))
    assert not UnclaimedMail.objects.exists()
    with pytest.raises(CommandError):
        said("unclaimed_mail", "show", "1")


def test_the_operators_provider_has_one_address_for_all() -> None:
    told = said("provider_hook", "mailgun")
    assert told.startswith("http://0:")
    assert "MAILGUN_WEBHOOK_SIGNING_KEY" in told
