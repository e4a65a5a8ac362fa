"""The mailbox that is polled: every mail once, moved when it is stored, nothing lost."""

import os
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from campaigns.models import Recipient
from campaigns.sending.addressing import envelope_sender, folded, message_id
from marketing.models import Account, Standing, Suppression
from marketing.signing import tokens
from marketing.tenancy import use_account
from tests.ports import kept_ports
from tests.tracking.imap_far_side import PASSWORD, USER, FarBox, serving
from tests.tracking.making import make_sent_campaign
from tests.tracking.serving import database_url
from tracking.inbound.mailbox import polling
from tracking.inbound.mailbox.imap import BadUrl, Box, Trouble
from tracking.inbound.mailbox.polling import envelope_of, poll_when_due
from tracking.inbound.taking import take
from tracking.models import InboundMailbox, InboundReport, UnclaimedMail

pytestmark = pytest.mark.django_db(transaction=True)
BOUNCE = (
    'Message-ID: <b{number}@mx.example.net>\nContent-Type: multipart/report; boundary="B"\n'
    "{head}\n--B\nContent-Type: message/delivery-status\n\n"
    "Final-Recipient: rfc822; ana@example.test\nAction: failed\nStatus: 5.1.1\n"
    "Diagnostic-Code: smtp; 550 5.1.1 user unknown\n\n--B--\n"
)


class Polled:
    """The product's side of it."""

    def __init__(self, account: Account, box: FarBox, url: str, authority: Path) -> None:
        self.account = account
        self.box = box
        self.url = url
        self.context = ssl.create_default_context(cafile=str(authority))
        with use_account(account):
            self.campaign, self.people = make_sent_campaign(account, people=3)

    def look(self, context: ssl.SSLContext | None = None) -> int:
        InboundMailbox.objects.update(due_at=timezone.now() - timedelta(seconds=1))
        return poll_when_due(threading.Event(), context or self.context)

    def keys(self, number: int = 0) -> tuple[int, int, int]:
        return self.account.pk, self.campaign.pk, self.people[number].pk

    def bounce(self, number: int = 0, *, ident: int | None = None) -> bytes:
        head = f"Delivered-To: {envelope_sender(*self.keys(number))}\n"
        return BOUNCE.format(number=number if ident is None else ident, head=head).encode()

    def suppressed(self) -> int:
        with use_account(self.account):
            return Suppression.objects.for_account(self.account).count()

    def reports(self) -> int:
        with use_account(self.account):
            return InboundReport.objects.for_account(self.account).count()

    @property
    def row(self) -> InboundMailbox:
        return InboundMailbox.objects.get()


def url_of(port: int, *, scheme: str = "imaps", folder: str = "INBOX") -> str:
    return f"{scheme}://{USER}:{quote(PASSWORD)}@127.0.0.1:{port}/{folder}"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture
def polled(acme: Account, certificates: Path, settings: Any) -> Iterator[Polled]:
    box = FarBox()
    with serving(box, certificates) as (port, authority):
        settings.INBOUND_IMAP_URL = url_of(port)
        yield Polled(acme, box, settings.INBOUND_IMAP_URL, authority)


def health(client: Client) -> tuple[int, dict[str, Any]]:
    answer = client.get("/health/inbound")
    return answer.status_code, answer.json()


def test_a_bounce_in_the_mailbox_is_stored_then_moved(polled: Polled, client: Client) -> None:
    raw = polled.bounce()
    polled.box.put(raw)
    assert polled.look() == 1
    assert polled.suppressed() == 1
    with use_account(polled.account):
        rows = Recipient.objects.for_account(polled.account)
        assert rows.get(contact_id=polled.people[0].pk).trouble == "failed"
    assert polled.box.lying("INBOX") == []
    assert polled.box.lying("Assent-taken") == [raw.replace(b"\n", b"\r\n")]
    code, said = health(client)
    assert (code, said["status"], said["taken"], said["set_aside"]) == (200, "ok", 1, 0)


@pytest.mark.parametrize(
    ("can", "commands"),
    [
        (["MOVE", "UIDPLUS"], ["FETCH", "MOVE"]),
        (["UIDPLUS"], ["FETCH", "COPY", "STORE", "EXPUNGE"]),
        ([], ["COPY", "STORE"]),
    ],
    ids=["move", "uidplus", "neither"],
)
def test_wherever_the_line_breaks_nothing_is_lost_and_each_report_counts_once(
    polled: Polled, can: list[str], commands: list[str]
) -> None:
    polled.box.can = ["IMAP4rev1", "AUTH=PLAIN", *can]
    steps = [(when, at) for at in commands for when in ("before", "after")]
    mails = [polled.bounce(number % 3, ident=number) for number in range(len(steps))]
    for number, (when, at) in enumerate(steps):
        polled.box.put(mails[number])
        setattr(polled.box, f"breaks_{when}", at)
        polled.look()
        polled.look()
        assert polled.reports() == number + 1
        assert not polled.box.folders["INBOX"].keys() - polled.box.deleted
        assert set(polled.box.lying("Assent-taken")) == {
            raw.replace(b"\n", b"\r\n") for raw in mails[: number + 1]
        }


def test_without_the_database_the_mail_waits(
    polled: Polled, monkeypatch: pytest.MonkeyPatch
) -> None:
    polled.look()
    polled.box.put(polled.bounce())
    with monkeypatch.context() as away:
        away.setitem(connection.settings_dict, "HOST", "/nowhere")
        connection.close()
        assert poll_when_due(threading.Event(), polled.context) == 0
    assert len(polled.box.lying("INBOX")) == 1
    assert polled.look() == 1
    assert polled.reports() == 1


def test_a_wrong_password_is_told_and_not_tried_again_at_once(
    polled: Polled, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    polled.box.accepts = False
    polled.box.put(polled.bounce())
    assert polled.look() == 0
    assert polled.row.trouble == Trouble.LOGIN
    assert "Invalid credentials" in polled.row.words
    assert polled.row.due_at > timezone.now() + timedelta(minutes=14)
    assert poll_when_due(threading.Event(), polled.context) == 0
    assert polled.box.logins == 1  # not before it is due
    code, said = health(client)
    assert (code, said["status"]) == (503, "login refused")
    assert "Invalid" not in str(said)
    assert "login refused" in caplog.text
    assert PASSWORD not in caplog.text
    polled.box.accepts = True
    assert polled.look() == 1
    assert health(client)[0] == 200


def test_who_is_not_reachable_is_tried_later_and_later(
    polled: Polled, settings: Any, client: Client
) -> None:
    settings.INBOUND_IMAP_URL = url_of(kept_ports(1)[0])
    pauses = []
    for _ in range(7):
        polled.look()
        row = InboundMailbox.objects.get(place=Box.of(settings.INBOUND_IMAP_URL).place)
        pauses.append((row.due_at - timezone.now()).total_seconds())
    assert [round(pause / 30) for pause in pauses] == [2, 4, 8, 16, 30, 30, 30]
    assert health(client)[1]["status"] == "unreachable"


def test_a_certificate_that_nobody_vouches_for_gets_no_password(polled: Polled) -> None:
    assert polled.look(ssl.create_default_context()) == 0
    assert polled.row.trouble == Trouble.CERTIFICATE
    assert polled.box.logins == 0


@pytest.mark.parametrize("offers", [True, False])
def test_without_tls_no_password_is_sent(
    polled: Polled, settings: Any, certificates: Path, offers: bool
) -> None:
    with serving(polled.box, certificates, is_tls=False, offers_tls=offers) as (port, _):
        settings.INBOUND_IMAP_URL = url_of(port, scheme="imap")
        polled.box.put(polled.bounce())
        assert polled.look() == int(offers)
    assert polled.box.logins == int(offers)
    if not offers:
        assert polled.row.trouble == Trouble.NO_TLS


def test_a_server_without_plain_is_logged_in_to_where_the_password_is_ascii(
    polled: Polled, settings: Any
) -> None:
    polled.box.can.remove("AUTH=PLAIN")
    polled.look()
    assert polled.row.trouble == Trouble.LOGIN  # ä cannot be sent that way
    assert polled.box.logins == 0


def test_a_folder_that_is_not_there_is_told(polled: Polled, settings: Any) -> None:
    settings.INBOUND_IMAP_URL = polled.url.replace("INBOX", "Bounces")
    polled.look()
    assert polled.row.trouble == Trouble.FOLDER


def test_two_at_once_look_one_after_the_other(polled: Polled) -> None:
    polled.look()
    InboundMailbox.objects.update(
        due_at=timezone.now(), leased_until=timezone.now() + timedelta(minutes=1)
    )
    assert poll_when_due(threading.Event(), polled.context) == 0
    assert polled.box.logins == 1


def test_a_mail_that_nobody_thought_of_is_set_aside_and_holds_nobody_up(
    polled: Polled, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    def odd(raw: bytes, address: str) -> None:
        if b"odd" in raw:
            raise RecursionError
        take(raw, address)

    monkeypatch.setattr(polling, "take", odd)
    polled.box.put(polled.bounce(0).replace(b"\n\n", b"\nX: odd\n\n", 1))
    polled.box.put(polled.bounce(1))
    assert polled.look() == 1
    assert len(polled.box.lying("Assent-aside")) == 1
    assert polled.suppressed() == 1
    assert health(client)[1]["set_aside"] == 1


def test_a_session_is_bounded(polled: Polled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "MANY", 2)
    for number in range(3):
        polled.box.put(polled.bounce(number))
    assert [polled.look(), polled.look()] == [2, 1]


def test_the_envelope_is_found_where_servers_write_it(polled: Polled) -> None:
    verp = envelope_sender(*polled.keys())
    for head in (
        f"X-Original-To: {verp}",
        f"Envelope-To: <{verp}>",
        f"To: B <{verp}>, x@y.z",
    ):
        assert envelope_of(f"{head}\n\nTo: other@x.test\n".encode()) == [verp]
    assert envelope_of(b"Subject: none\n\n") == [""]
    assert envelope_of(f"Delivered-To: box@x.test\nTo: {verp}\n\n".encode()) == [verp]


def test_a_complaint_is_found_by_what_it_quotes_and_a_wish_by_its_address(polled: Polled) -> None:
    polled.box.put(
        b'Message-ID: <c@fbl.example>\nTo: box@x.test\nContent-Type: multipart/report; boundary="B"'
        b"\n\n--B\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n\n--B\n"
        b"Content-Type: text/rfc822-headers\n\n"
        + f"Message-ID: {message_id(*polled.keys(0))}\n--B--\n".encode()
    )
    token = folded(tokens.make("leave", *polled.keys(1)))
    polled.box.put(f"To: u+{token}@mail.assent.example\nSubject: unsubscribe\n\n".encode())
    polled.box.put(b"To: box@x.test\nSubject: You have won\n\nA million.\n")
    assert polled.look() == 3
    with use_account(polled.account):
        assert Suppression.objects.for_account(polled.account).get().reason == "complaint"
        left = Standing.objects.for_account(polled.account).filter(newsletter="unsubscribed")
        assert [bytes(row.address_hash) for row in left] == [bytes(polled.people[1].address_hash)]
    assert UnclaimedMail.objects.get().subject == "You have won"


@pytest.mark.parametrize(
    "url",
    [
        "https://a:b@c/",
        "imaps://host/INBOX",
        "imaps://a:b@host:port/",
        "imaps://a:b@host/Entw%C3%BCrfe",
        "imaps://a:b@host/INBOX?taken=INBOX",
    ],
)
def test_a_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(BadUrl):
        Box.of(url)


def test_the_password_is_never_shown() -> None:
    box = Box.of("imaps://me%40x.test:geheim%2F1@host.example/Bounces?taken=Done")
    assert (box.user, box.password, box.port) == ("me@x.test", "geheim/1", 993)
    assert box.folders == ("Bounces", "Done", "Assent-aside")
    assert "geheim" not in f"{box} {box.place}"


@pytest.fixture
def process(polled: Polled, certificates: Path) -> Iterator[Callable[[], Any]]:
    """`python -m settings.inbound`, started by the test."""
    running: list[Any] = []

    def start() -> Any:
        environment = {
            "DATABASE_URL": database_url("assent"),
            "TOKEN_KEY": django_settings.TOKEN_KEY,
            "ADDRESS_HASH_KEY": django_settings.ADDRESS_HASH_KEY,
            "SECRET_KEY": "x" * 50,
            "SITE_URL": django_settings.SITE_URL,
            "TRACKING_URL": django_settings.TRACKING_URL,
            "REDIS_URL": django_settings.REDIS_URL,
            "DJANGO_SETTINGS_MODULE": "settings.development",
            "INBOUND_IMAP_URL": polled.url,
            "SSL_CERT_FILE": str(certificates / "authority.pem"),
        }
        command = [sys.executable, "-m", "settings.inbound", "--port", str(*kept_ports(1))]
        running.append(subprocess.Popen(command, env=os.environ | environment))
        return running[-1]

    yield start
    for each in running:
        each.kill()
        each.wait(20)


def test_the_process_polls_and_a_killed_one_leaves_nothing_undone(
    polled: Polled, process: Callable[[], Any]
) -> None:
    for number in range(3):
        polled.box.put(polled.bounce(number))
    first = process()
    wait_for(lambda: polled.box.lying("Assent-taken"))
    first.send_signal(signal.SIGKILL)
    first.wait(20)
    InboundMailbox.objects.update(leased_until=None, due_at=timezone.now())
    second = process()
    wait_for(lambda: len(polled.box.lying("Assent-taken")) >= 3)
    second.terminate()
    assert second.wait(120) == 0
    assert polled.reports() == polled.suppressed() == 3
    assert polled.box.lying("INBOX") == []


def wait_for(is_there: Callable[[], Any]) -> None:
    until = time.monotonic() + 120
    while not is_there():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.05)
