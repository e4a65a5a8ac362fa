"""What the mail server hears, and what the campaign's page says about a test mail."""

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse

from campaigns.sending import running, system_mails
from marketing.models import Account, Member
from tests.campaigns import slices
from tests.campaigns.launching_making import launched, make_draft, make_people
from tests.mailwire.sink import Sink
from tests.mailwire.sink import running as listening


@pytest.fixture
def sink(settings: Any, tmp_path: Path) -> Iterator[Sink]:
    settings.STATE_DIR = tmp_path
    with listening(Sink()) as heard:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{heard.port}"
        running._engines.clear()
        yield heard
        for engine in running._engines.values():
            engine.close()
        running._engines.clear()


def test_we_greet_with_a_name_of_ours(acme: Account, emil: Member, sink: Sink) -> None:
    make_people(acme, 1)
    launched(make_draft(acme, emil), emil)
    slices.send_chunks()
    assert sink.commands[0] == "EHLO mail.assent.example"


def test_the_text_part_of_a_tracked_mail_keeps_the_authors_links(
    acme: Account, emil: Member, sink: Sink
) -> None:
    make_people(acme, 1)
    launched(make_draft(acme, emil, track_opens=True, track_clicks=True), emil)
    slices.send_chunks()
    message = email.message_from_bytes(sink.bodies[0], policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert "https://shop.acme.example/bikes" in text.get_content()
    assert "tracking.testserver" not in text.get_content()
    assert "http://tracking.testserver/link/" in html.get_content()
    assert "http://testserver/u/" in text.get_content()
    assert "http://testserver/p/" in text.get_content()


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (b"250 2.1.5 fine\r\n", "was accepted"),
        (b"550 5.1.1 nobody here\r\n", "was not accepted: 550 5.1.1 nobody here"),
    ],
)
def test_a_test_mail_ends_on_the_campaigns_page(
    as_member: Any, acme: Account, emil: Member, sink: Sink, reply: bytes, words: str
) -> None:
    mine = emil.user.email
    EmailAddress.objects.create(user=emil.user, email=mine, verified=True)
    make_people(acme, 1)
    campaign = make_draft(acme, emil)
    client = as_member(emil)
    client.post(reverse("campaigns:send_test", args=[acme.pk, campaign.pk]), {"addresses": [mine]})
    sink.replies["RCPT"] = reply
    assert system_mails.send_tests(running.engine().transport) == 1
    launched(campaign, emil)
    page = client.get(reverse("campaigns:overview", args=[acme.pk, campaign.pk]))
    assert f"Test mail to {mine} {words}" in page.content.decode()
    assert len(sink.bodies) == (1 if words == "was accepted" else 0)
