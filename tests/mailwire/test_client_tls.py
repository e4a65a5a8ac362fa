"""TLS and logins: certificates are checked, and nothing goes in the clear where it must not."""

from pathlib import Path
from typing import Any

import pytest

from mailwire.client import Way
from mailwire.outcomes import Kind, Outcome, Stage
from mailwire.relay import Relay, Security
from mailwire.smtp import Envelope, SmtpClient
from tests.mailwire.certificates import make_certificate, server_context, trusting
from tests.mailwire.scripted import EVERYTHING, Script, ScriptedSink, scripted
from tests.mailwire.test_client import assert_each_once, everybody, letters, run_to

BOTH = [Security.TLS, Security.STARTTLS]
LOGIN = ("emil", "pass word")


def deliver(sink: ScriptedSink, security: Security, **fields: Any) -> dict[str, Outcome]:
    name, password = fields.pop("login", ("", ""))
    relay = Relay(
        host="127.0.0.1", port=sink.port, security=security, username=name, password=password
    )
    heard = run_to(Way(relay=relay, hello_name="web.example", **fields), letters(20))
    return {who: outcomes[0] for who, outcomes in heard.outcomes.items()}


@pytest.mark.parametrize("security", BOTH)
def test_letters_go_by_tls_to_a_server_we_can_trust(tmp_path: Path, security: Security) -> None:
    certificate = make_certificate(tmp_path)
    script = Script(context=server_context(certificate), is_tls=security is Security.TLS)
    with scripted(script) as sink:
        found = deliver(sink, security, context=trusting(certificate))
        assert {outcome.kind for outcome in found.values()} == {Kind.ACCEPTED}
        assert_each_once(sink, everybody(letters(20)))


@pytest.mark.parametrize("security", BOTH)
@pytest.mark.parametrize("name", ["127.0.0.1", "other.example"])
def test_a_wrong_certificate_is_refused_and_told(
    tmp_path: Path, security: Security, name: str
) -> None:
    """Signed by nobody we know, or for another name."""
    certificate = make_certificate(tmp_path, name=name)
    known = {"context": trusting(certificate)} if name == "other.example" else {}
    script = Script(context=server_context(certificate), is_tls=security is Security.TLS)
    with scripted(script) as sink:
        found = deliver(sink, security, **known)
        outcome = found["p0@example.test"]
        assert (outcome.kind, outcome.stage) == (Kind.REFUSED_US, Stage.HELLO)
        assert outcome.stops_batch
        assert "certificate" in outcome.text
        assert not any(command.startswith("MAIL") for command in sink.commands)
        assert not sink.taken


def test_a_relay_without_starttls_is_never_used_in_the_clear() -> None:
    with scripted() as sink:
        found = deliver(sink, Security.STARTTLS)
        assert {outcome.kind for outcome in found.values()} == {Kind.REFUSED_US}
        assert not any(command.startswith("MAIL") for command in sink.commands)


@pytest.mark.parametrize("offer", ["AUTH PLAIN LOGIN", "AUTH LOGIN", "AUTH=LOGIN"])
def test_we_log_in_as_the_server_offers(tmp_path: Path, offer: str) -> None:
    certificate = make_certificate(tmp_path)
    script = Script(
        context=server_context(certificate),
        is_tls=True,
        login=LOGIN,
        extensions=(*EVERYTHING, offer),
    )
    with scripted(script) as sink:
        found = deliver(sink, Security.TLS, context=trusting(certificate), login=LOGIN)
        assert {outcome.kind for outcome in found.values()} == {Kind.ACCEPTED}


def test_a_wrong_password_is_told_and_nothing_is_sent(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    extensions = (*EVERYTHING, "AUTH PLAIN")
    script = Script(
        context=server_context(certificate), is_tls=True, login=LOGIN, extensions=extensions
    )
    with scripted(script) as sink:
        found = deliver(
            sink, Security.TLS, context=trusting(certificate), login=("emil", "forgotten")
        )
        outcome = found["p0@example.test"]
        assert (outcome.kind, outcome.code, outcome.text) == (Kind.REFUSED_US, 535, "5.7.8 wrong")
        assert outcome.stops_batch
        assert not sink.taken


def test_an_unknown_relay_is_told() -> None:
    relay = Relay(host="no-such-relay.invalid", port=25)
    heard = run_to(Way(relay=relay, hello_name="web.example"), letters(2))
    outcome = heard.outcomes["p0@example.test"][0]
    assert outcome.stage is Stage.CONNECT
    assert outcome.kind in {Kind.REFUSED_US, Kind.TRY_LATER}  # as the resolver here answers


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("mail..example", 25),
        ("m" * 70 + ".example", 25),
        ("ma\0il.example", 25),
        ("127.0.0.1", 99_999),
    ],
)
def test_a_relay_that_there_can_not_be_is_told_and_not_tried_for_ever(host: str, port: int) -> None:
    way = Way(relay=Relay(host=host, port=port), hello_name="web.example")
    heard = run_to(way, letters(3))
    assert set(heard.kinds()) <= {Kind.REFUSED_US, Kind.TRY_LATER}  # as the loop reads them
    with SmtpClient(way.relay, hello_name="web.example") as client:
        mail = Envelope(sender="a@x.example", recipient="b@y.example", message=b"\r\n")
        assert client.deliver(mail).stage is Stage.CONNECT
