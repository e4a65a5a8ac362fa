"""The SMTP dialogue against a sink that can misbehave at every step."""

import pytest

from mailwire.outcomes import Kind, Mark, Stage
from mailwire.relay import Relay, Security, relay_from_url
from mailwire.smtp import Envelope, Patience, SmtpClient
from tests.mailwire.sink import Sink, running

MESSAGE = b"Subject: Hello\r\n\r\nHello\r\n.\r\n.dot\r\n" + b"x" * 60 + b"\r\n"
MAIL = Envelope(sender="b+9001@bounce.example", recipient="ana@example.com", message=MESSAGE)
QUICK = Patience(connect=2, command=2, final_reply=2)


def client_of(sink: Sink, patience: Patience = QUICK) -> SmtpClient:
    relay = Relay(host="127.0.0.1", port=sink.port)
    return SmtpClient(relay, hello_name="web.example", patience=patience)


def test_an_accepted_mail_arrives_byte_for_byte_and_tells_the_journal_first() -> None:
    seen: list[int] = []
    with running(Sink()) as sink, client_of(sink) as client:
        outcome = client.deliver(MAIL, on_body=lambda: seen.append(len(sink.bodies)))
        assert outcome.kind is Kind.ACCEPTED
        assert (outcome.code, outcome.status) == (250, "2.0.0")
        assert sink.bodies == [MESSAGE]
        assert seen == [0]


def test_one_connection_carries_many_mails_up_to_its_limit() -> None:
    patience = Patience(connect=2, command=2, final_reply=2, mails_per_connection=2)
    with running(Sink()) as sink, client_of(sink, patience) as client:
        assert [client.deliver(MAIL).kind for _ in range(5)] == [Kind.ACCEPTED] * 5
        assert sink.connections == 3


@pytest.mark.parametrize("verb", ["EHLO", "MAIL", "RCPT", "DATA"])
def test_a_line_that_breaks_before_the_body_means_try_later(verb: str) -> None:
    with running(Sink(replies={verb: None})) as sink, client_of(sink) as client:
        outcome = client.deliver(MAIL, on_body=lambda: pytest.fail("no body was written"))
        assert outcome.kind is Kind.TRY_LATER
        assert outcome.mark is Mark.NONE


def test_a_line_that_breaks_after_the_body_means_unknown() -> None:
    with running(Sink(replies={"BODY": None})) as sink, client_of(sink) as client:
        outcome = client.deliver(MAIL)
        assert outcome.kind is Kind.UNKNOWN
        assert len(sink.bodies) == 1


def test_a_final_reply_that_never_comes_means_unknown() -> None:
    patience = Patience(connect=2, command=2, final_reply=0.1)
    with running(Sink(replies={"BODY": b"250-half"})) as sink, client_of(sink, patience) as client:
        assert client.deliver(MAIL).kind is Kind.UNKNOWN


def test_an_address_refused_leaves_the_connection_good_for_the_next() -> None:
    with running(Sink(replies={"RCPT": b"550 5.1.1 no such user\r\n"})) as sink:
        client = client_of(sink)
        outcome = client.deliver(MAIL)
        assert (outcome.kind, outcome.mark) == (Kind.REFUSED_ADDRESS, Mark.HARD)
        sink.replies.clear()
        assert client.deliver(MAIL).kind is Kind.ACCEPTED
        assert sink.connections == 1
        assert "RSET" in sink.commands
        client.close()


def test_a_refused_envelope_sender_stops_the_batch_and_marks_nobody() -> None:
    replies: dict[str, bytes | None] = {"MAIL": b"550 5.7.1 not you\r\n"}
    with running(Sink(replies=replies)) as sink, client_of(sink) as client:
        outcome = client.deliver(MAIL)
        assert (outcome.kind, outcome.mark) == (Kind.REFUSED_US, Mark.NONE)
        assert outcome.stops_batch


def test_nobody_listening_means_try_later() -> None:
    client = SmtpClient(Relay(host="127.0.0.1", port=1), hello_name="web.example", patience=QUICK)
    outcome = client.deliver(MAIL)
    assert (outcome.kind, outcome.stage) == (Kind.TRY_LATER, Stage.CONNECT)


def test_a_kept_connection_the_server_closed_is_opened_again_unnoticed() -> None:
    with running(Sink()) as sink, client_of(sink) as client:
        client.deliver(MAIL)
        sink.replies["MAIL"] = b"421 4.4.2 idle too long\r\n"
        assert client.deliver(MAIL).kind is Kind.TRY_LATER
        assert sink.connections == 2
        del sink.replies["MAIL"]
        assert client.deliver(MAIL).kind is Kind.ACCEPTED


def test_smtputf8_is_used_only_when_needed_and_offered() -> None:
    unusual = Envelope(sender="", recipient="añejo@example.com", message=MESSAGE)
    with running(Sink()) as sink, client_of(sink) as client:
        client.deliver(MAIL)
        client.deliver(unusual)
        mails = [command for command in sink.commands if command.startswith("MAIL")]
        assert ["SMTPUTF8" in command for command in mails] == [False, True]
    with running(Sink(extensions=())) as sink, client_of(sink) as client:
        outcome = client.deliver(unusual)
        assert (outcome.kind, outcome.mark) == (Kind.REFUSED_ADDRESS, Mark.NONE)
        assert not any(command.startswith("MAIL") for command in sink.commands)


def test_a_relay_without_starttls_is_never_used_in_the_clear() -> None:
    with running(Sink()) as sink:
        relay = Relay(host="127.0.0.1", port=sink.port, security=Security.STARTTLS)
        outcome = SmtpClient(relay, hello_name="web.example", patience=QUICK).deliver(MAIL)
        assert outcome.kind is Kind.REFUSED_US
        assert outcome.stops_batch
        assert not sink.bodies


def test_a_message_over_the_size_limit_is_not_offered() -> None:
    with running(Sink(extensions=("SIZE 50",))) as sink, client_of(sink) as client:
        outcome = client.deliver(MAIL)
        assert (outcome.kind, outcome.mark) == (Kind.REFUSED_US, Mark.NONE)


def test_backing_out_before_the_last_bytes_delivers_nothing() -> None:
    class LeaseLost(Exception):
        pass

    def back_out() -> None:
        raise LeaseLost

    with running(Sink()) as sink, client_of(sink) as client:
        with pytest.raises(LeaseLost):
            client.deliver(MAIL, on_body=back_out)
        assert client.deliver(MAIL).kind is Kind.ACCEPTED
        assert len(sink.bodies) == 1


@pytest.mark.parametrize("message", [b"a\nb\r\n", b"a\rb\r\n", b"a"])
def test_a_message_with_lone_line_ends_can_not_be_put_in_an_envelope(message: bytes) -> None:
    with pytest.raises(ValueError, match="CRLF"):
        Envelope(sender="", recipient="ana@example.com", message=message)


def test_an_address_can_not_carry_a_second_command() -> None:
    with pytest.raises(ValueError, match="address"):
        Envelope(sender="", recipient="a@example.com>\r\nDATA", message=MESSAGE)


def test_email_url_is_read_with_its_defaults() -> None:
    relay = relay_from_url("smtp+tls://emil%40acme:p%2Fw@mail.example")
    assert (relay.host, relay.port, relay.security) == ("mail.example", 587, Security.STARTTLS)
    assert (relay.username, relay.password) == ("emil@acme", "p/w")
    assert "p/w" not in repr(relay)
    assert relay_from_url("smtps://mail.example").port == 465
    assert relay_from_url("smtp://127.0.0.1:2525").port == 2525


@pytest.mark.parametrize("url", ["http://mail.example", "smtp://", "smtp://a:b@mail.example"])
def test_email_url_that_can_not_be_used_says_why(url: str) -> None:
    with pytest.raises(ValueError, match="EMAIL_URL"):
        relay_from_url(url)
