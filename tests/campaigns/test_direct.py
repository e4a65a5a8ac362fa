"""Delivery to the receivers' own servers, and the groups they form."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from campaigns.sending.rates import groups, storing
from campaigns.sending.relays.direct import DirectTransport
from campaigns.sending.relays.handing import Outgoing, VerdictTooOld
from mailwire.message import Mail
from mailwire.outcomes import Kind, Mark, Outcome, Stage
from tests.mailwire.names import NameServer, Zone, name_server
from tests.mailwire.scripted import Script, ScriptedSink, scripted

ZONE: Zone = {
    ("shop.test", "MX"): ["20 mx2.big-mail.test.", "10 mx1.big-mail.test."],
    ("other.test", "MX"): ["10 mx9.big-mail.test."],
    ("null.test", "MX"): ["0 ."],
    ("plain.test", "A"): ["127.0.0.1"],
    ("nothing.test", "TXT"): ['"no mail here"'],
    ("mx1.big-mail.test", "A"): ["127.0.0.2"],  # nobody listens there
    ("mx2.big-mail.test", "A"): ["127.0.0.1"],
    ("mx9.big-mail.test", "A"): ["127.0.0.1"],
    ("inside.test", "MX"): ["10 mx9.big-mail.test."],
}


@pytest.fixture
def names(settings: Any) -> Iterator[NameServer]:
    with name_server(ZONE) as server:
        settings.DNS_SERVERS = server.setting
        groups._directories.clear()
        yield server
    groups._directories.clear()


@pytest.fixture
def receiver(settings: Any, names: NameServer) -> Iterator[ScriptedSink]:
    settings.DIRECT_TO_PRIVATE = True
    with scripted() as sink:
        settings.DIRECT_PORT = sink.port
        yield sink


def deliver(address: str, **more: Any) -> Outcome:
    mail = Mail(
        from_address="news@acme.test",
        to_address=address,
        subject="News",
        message_id="<1@mail.test>",
        sent_at=timezone.now(),
        text="Hello\n",
    )
    outgoing = Outgoing(
        mail=mail, envelope_sender="b@mail.test", verdict_at=more.get("at", time.monotonic())
    )
    transport = DirectTransport()
    try:
        return transport.deliver(outgoing)
    finally:
        transport.close()


def test_the_next_host_takes_what_the_first_does_not_answer_for(receiver: ScriptedSink) -> None:
    assert deliver("ana@shop.test").kind is Kind.ACCEPTED
    assert [mail.address for mail in receiver.taken] == ["ana@shop.test"]


def test_a_domain_without_mx_is_its_own_server(receiver: ScriptedSink) -> None:
    assert deliver("ana@plain.test").kind is Kind.ACCEPTED


def test_a_null_mx_fails_at_once_and_for_good(receiver: ScriptedSink) -> None:
    outcome = deliver("ana@null.test")
    assert (outcome.kind, outcome.mark) == (Kind.REFUSED_ADDRESS, Mark.HARD)
    assert "5.1.10" in outcome.text
    assert receiver.connections == 0


@pytest.mark.parametrize("domain", ["unknown.test", "nothing.test"])
def test_an_unknown_domain_is_final_after_a_second_look_an_hour_later(
    receiver: ScriptedSink, domain: str
) -> None:
    first = deliver(f"ana@{domain}")
    assert (first.kind, first.is_routing) == (Kind.TRY_LATER, True)
    storing.client().set(storing.key("nx", domain), time.time() - 3700)
    second = deliver(f"ana@{domain}")
    assert (second.kind, second.mark, second.status) == (Kind.REFUSED_ADDRESS, Mark.HARD, "5.1.2")


def test_a_receiver_that_is_away_is_its_peoples_attempt_and_stops_nobody_else(
    receiver: ScriptedSink,
) -> None:
    receiver.stop()
    outcome = deliver("ana@other.test")
    assert (outcome.kind, outcome.stage, outcome.slowly) == (Kind.TRY_LATER, Stage.RCPT, True)
    assert not outcome.stops_batch


def test_a_receiver_that_refuses_us_at_the_door_stops_nobody_else(
    settings: Any, names: NameServer
) -> None:
    settings.DIRECT_TO_PRIVATE = True
    with scripted(Script(greeting="554 5.7.1 you are on a list")) as sink:
        settings.DIRECT_PORT = sink.port
        outcome = deliver("ana@other.test")
    assert outcome.kind is Kind.REFUSED_US
    assert not outcome.stops_batch


def test_an_mx_that_points_into_our_own_network_is_never_connected_to(
    receiver: ScriptedSink, settings: Any
) -> None:
    settings.DIRECT_TO_PRIVATE = False
    assert deliver("ana@inside.test").kind is Kind.TRY_LATER
    assert receiver.connections == 0


def test_no_mail_leaves_on_an_old_verdict(receiver: ScriptedSink) -> None:
    with pytest.raises(VerdictTooOld):
        deliver("ana@plain.test", at=time.monotonic() - 3)


def test_domains_that_share_servers_are_one_group(names: NameServer) -> None:
    found = groups.groups_of(["a@shop.test", "b@OTHER.test", "c@plain.test"], patience=10)
    assert found == {
        "a@shop.test": "big-mail.test",
        "b@OTHER.test": "big-mail.test",
        "c@plain.test": "plain.test",
    }
    names.asked.clear()
    assert groups.groups_of(["a@shop.test"]) == {"a@shop.test": "big-mail.test"}
    assert names.asked == []  # kept


def test_where_the_dns_does_not_answer_the_domain_is_the_group(settings: Any) -> None:
    settings.DNS_SERVERS = [("127.0.0.1", 1)]
    groups._directories.clear()
    assert groups.groups_of(["a@shop.test"], patience=10) == {"a@shop.test": "shop.test"}
    groups._directories.clear()
