"""The mail catcher as a running program: SMTP in, pages and JSON out, and told to fail."""

import http.client
import json
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import pytest

from bin.places import ROOT
from tests.ports import kept_ports

PAGES = "http://127.0.0.1:8"
TRACKING = "http://127.0.0.1:9"
HOSTILE = '<img src=x onerror="alert(1)">'


@dataclass
class Running:
    """A catcher of our own with its two ports."""

    smtp_port: int
    port: int

    def ask(
        self, path: str, *, method: str = "GET", content: Any = None, **headers: str
    ) -> tuple[int, str, http.client.HTTPMessage]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            body = None if content is None else json.dumps(content)
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), answer.headers
        finally:
            connection.close()

    def mails(self, query: str = "") -> list[dict[str, Any]]:
        return list(json.loads(self.ask(f"/api/mails{query}")[1]))

    def send(self, to: str, **parts: str) -> dict[str, Any]:
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=60) as wire:
            return wire.send_message(mail_to(to, **parts))


def mail_to(to: str, *, subject: str = "Hello", html: str = "<p>Hello</p>") -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Acme <news@acme.example>"
    mail["To"] = to
    mail["Subject"] = subject
    mail.set_content("Hello in text")
    mail.add_alternative(html, subtype="html")
    return mail


@pytest.fixture(scope="module")
def process_of_catcher() -> Iterator[Running]:
    smtp_port, port = kept_ports(2)
    command = [
        *(sys.executable, "-m", "mailcatcher", "--kept", "20", "--pictures-from", PAGES, TRACKING),
        *("--smtp-port", str(smtp_port), "--port", str(port)),
    ]
    process = subprocess.Popen(command, cwd=ROOT)
    running = Running(smtp_port, port)
    until = time.monotonic() + 120
    while True:
        try:
            running.ask("/api/taken")
            socket.create_connection(("127.0.0.1", smtp_port), 5).close()
            break
        except OSError:
            assert time.monotonic() < until
            assert process.poll() is None
            time.sleep(0.05)
    yield running
    process.terminate()
    assert process.wait(60) == 0


@pytest.fixture
def catcher(process_of_catcher: Running) -> Iterator[Running]:
    yield process_of_catcher
    process_of_catcher.ask("/api/behaviour", method="DELETE")
    process_of_catcher.ask("/api/mails", method="DELETE")


def test_a_mail_is_kept_with_its_envelope_bodies_and_links(catcher: Running) -> None:
    link = '<a href="https://acme.example/a?b=1&amp;c=2">Read</a>'
    html = f'{link}<img src="https://x.example/p" alt="P">'
    catcher.send("ana@mail.example", subject="Grüße", html=html)
    (listed,) = catcher.mails()
    mail = json.loads(catcher.ask(f"/api/mails/{listed['number']}")[1])
    assert mail["sender"] == "news@acme.example"
    assert mail["recipients"] == ["ana@mail.example"]
    assert mail["subject"] == "Grüße"
    assert mail["text"].strip() == "Hello in text"
    assert mail["html"].strip() == html
    assert mail["links"] == [
        {"kind": "link", "address": "https://acme.example/a?b=1&c=2", "text": "Read"},
        {"kind": "picture", "address": "https://x.example/p", "text": "P"},
    ]
    status, source, headers = catcher.ask(f"/api/mails/{listed['number']}/source")
    assert status == 200
    assert headers["Content-Type"] == "message/rfc822"
    assert "Subject: =?utf-8?" in source


def test_from_is_what_people_see_and_not_the_address_for_bounces(catcher: Running) -> None:
    mail = mail_to("ana@mail.example")
    with smtplib.SMTP("127.0.0.1", catcher.smtp_port, timeout=60) as wire:
        wire.send_message(mail, from_addr="b+0101@bounces.example")
    number = catcher.mails()[0]["number"]
    for path in ("/", f"/mails/{number}"):
        page = catcher.ask(path)[1]
        assert "Acme &lt;news@acme.example&gt;" in page
        assert "b+0101@bounces.example" not in page


def test_the_newest_come_first_found_by_recipient_and_the_oldest_leave(catcher: Running) -> None:
    for number in range(25):
        catcher.send(f"person{number}@mail.example")
    listed = catcher.mails()
    assert len(listed) == 20
    assert listed[0]["recipients"] == ["person24@mail.example"]
    assert [mail["to"] for mail in catcher.mails("?to=PERSON7@")] == ["person7@mail.example"]
    assert "20 of 20" in catcher.ask("/")[1]


def test_mails_are_deleted_one_by_one_or_all_at_once(catcher: Running) -> None:
    for name in ("ana", "bob", "eve"):
        catcher.send(f"{name}@mail.example")
    number = catcher.mails("?to=bob")[0]["number"]
    assert catcher.ask(f"/api/mails/{number}", method="DELETE")[0] == 200
    assert catcher.ask(f"/api/mails/{number}")[0] == 404
    assert len(catcher.mails()) == 2
    assert catcher.ask("/delete", method="POST")[0] == 303
    assert catcher.mails() == []


def test_pages_show_hostile_mails_as_text_under_a_strict_policy(catcher: Running) -> None:
    catcher.send(
        "ana@mail.example", subject=HOSTILE, html='<script>x</script><a href="javascript:x">y</a>'
    )
    number = catcher.mails()[0]["number"]
    for path in ("/", *(f"/mails/{number}/{view}" for view in ("html", "text", "links", "source"))):
        status, page, headers = catcher.ask(path)
        assert status == 200
        assert HOSTILE not in page
        assert 'href="javascript' not in page
        assert headers["Content-Security-Policy"].startswith(
            "default-src 'none'; script-src 'self'"
        )
        assert " style=" not in page


def test_links_of_the_text_part_can_be_followed(catcher: Running) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@acme.example", "ana@mail.example", "Text"
    mail.set_content(f"Choose: http://127.0.0.1:8000/key/?a=1&b=2 {HOSTILE}")
    with smtplib.SMTP("127.0.0.1", catcher.smtp_port, timeout=60) as wire:
        wire.send_message(mail)
    page = catcher.ask(f"/mails/{catcher.mails()[0]['number']}")[1]
    assert 'href="http://127.0.0.1:8000/key/?a=1&amp;b=2"' in page
    assert HOSTILE not in page


def test_a_frame_runs_nothing_and_loads_only_our_own_pictures(catcher: Running) -> None:
    catcher.send("ana@mail.example", html="<html><head></head><body>Hi</body></html>")
    _, page, headers = catcher.ask(f"/mails/{catcher.mails()[0]['number']}/frame")
    assert page.strip() == '<html><head><base target="_blank"></head><body>Hi</body></html>'
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert f"img-src data: {PAGES} {TRACKING};" in policy
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy


def test_recipients_are_refused_as_told_and_only_so_often(catcher: Running) -> None:
    rules = [
        {"to": "*@full.example", "code": 552},
        {"to": "busy@*", "code": 451, "text": "Later, please", "times": 1},
    ]
    assert catcher.ask("/api/behaviour", method="PUT", content={"rules": rules})[0] == 200
    for to, code in (("a@full.example", 552), ("busy@mail.example", 451)):
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            catcher.send(to)
        assert refused.value.recipients[to][0] == code
    catcher.send("busy@mail.example")
    assert [mail["to"] for mail in catcher.mails()] == ["busy@mail.example"]


def test_a_body_is_refused_or_the_connection_breaks_as_told(catcher: Running) -> None:
    rules = [
        {"to": "spam@*", "code": 550, "stage": "data"},
        {"to": "lost@*", "code": 0, "stage": "data"},
    ]
    catcher.ask("/api/behaviour", method="PUT", content={"rules": rules})
    with pytest.raises(smtplib.SMTPDataError) as refused:
        catcher.send("spam@mail.example")
    assert refused.value.smtp_code == 550
    with pytest.raises(smtplib.SMTPServerDisconnected):
        catcher.send("lost@mail.example")
    assert catcher.mails() == []


def test_replies_wait_as_told(catcher: Running) -> None:
    catcher.ask("/api/behaviour", method="PUT", content={"delay": 0.2})
    began = time.monotonic()
    catcher.send("ana@mail.example")
    assert time.monotonic() - began >= 0.4, "one wait for RCPT, one for DATA"


@pytest.mark.parametrize(
    "behaviour",
    [
        {"rules": [{"to": "*", "code": 250}]},
        {"rules": [{"to": "*", "code": 550, "stage": "helo"}]},
        {"rules": [{"to": "*", "code": 550, "text": "two\r\nlines"}]},
        {"rules": [{"code": 550}]},
        {"speed": 1},
        [],
    ],
)
def test_a_behaviour_that_cannot_be_followed_is_refused(catcher: Running, behaviour: Any) -> None:
    status, text, _ = catcher.ask("/api/behaviour", method="PUT", content=behaviour)
    assert status == 422
    assert json.loads(text)["error"]


def test_other_sites_may_not_ask(catcher: Running) -> None:
    catcher.send("ana@mail.example")
    assert catcher.ask("/", Host="evil.example")[0] == 403
    assert catcher.ask("/delete", method="POST", Origin="http://evil.example")[0] == 403
    assert catcher.ask("/api/mails", method="DELETE", Origin="null")[0] == 403
    assert len(catcher.mails()) == 1


@pytest.mark.parametrize(
    "path", ["/mails/999999", "/mails/x", "/static/..%2fmails.py", "/api/x", "/x"]
)
def test_what_is_not_there_is_404(catcher: Running, path: str) -> None:
    assert catcher.ask(path)[0] == 404
