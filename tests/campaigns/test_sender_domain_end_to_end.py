"""A sender domain from its page to the delivered mail, by a name server that a test scripts.

Signatures are verified by dkimpy, which asks that server for the keys as a receiver would.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import dkim
import dns.resolver
import pytest
import time_machine

from campaigns.sending import running
from campaigns.sending.mails import signing
from mailwire.domains import dmarc
from mailwire.domains.asking import Dns
from marketing.domains.keys import KEPT, WAIT, keys_of
from marketing.domains.tending import check_all
from marketing.domains.wanted import wanted_of
from marketing.models import Account, Member, Sender, SenderDomain
from marketing.tenancy import use_account
from tests.campaigns import slices
from tests.campaigns.launching_making import launched, make_draft, make_people
from tests.mailwire.dns_far_end import ScriptedDns, scripted_dns
from tests.mailwire.sink import Sink
from tests.mailwire.sink import running as listening

DOMAIN = "shop.example"
OURS = "mail.assent.example"


@pytest.fixture
def dns_server(settings: Any) -> Iterator[ScriptedDns]:
    with scripted_dns() as far_end:
        settings.DNS_SERVERS = [far_end.address]
        settings.MAIL_DOMAIN = OURS
        far_end.says(OURS, "TXT", "v=spf1 ip4:192.0.2.0/24 -all")
        far_end.says(f"_dmarc.{DOMAIN}", "TXT", "v=DMARC1; p=none")
        yield far_end


@pytest.fixture
def sink(settings: Any, tmp_path: Path) -> Iterator[Sink]:
    settings.STATE_DIR = tmp_path
    signing._kept.clear()
    with listening(Sink()) as heard:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{heard.port}"
        running._engines.clear()
        yield heard
        for engine in running._engines.values():
            engine.close()
        running._engines.clear()


@pytest.fixture
def domain(
    acme: Account, adam: Member, as_member: Any, dns_server: ScriptedDns, settings: Any
) -> SenderDomain:
    """Added on the page, published from what the page lists, looked at as once a minute."""
    settings.REQUIRE_SENDER_DOMAIN = True
    client = as_member(adam)
    client.post(f"/a/{acme.pk}/settings/domains/", {"domain": DOMAIN})
    given = {"name": "Acme News", "address": f"news@{DOMAIN}", "reply_to": "hello@shop.example"}
    client.post(f"/a/{acme.pk}/settings/senders/", given)
    publish(acme, dns_server)
    assert check_all() == 1
    return stored(acme)


def stored(account: Account) -> SenderDomain:
    with use_account(account):
        return SenderDomain.objects.for_account(account).get(domain=DOMAIN)


def publish(account: Account, dns_server: ScriptedDns) -> None:
    """Every record of the page; others stay, as an owner would leave them."""
    with use_account(account):
        for record in wanted_of(SenderDomain.objects.for_account(account).get(domain=DOMAIN)):
            value = f"{record.value}." if record.kind == "CNAME" else record.value
            dns_server.says(record.name, record.kind, value)


def mailed(account: Account, member: Member, sink: Sink) -> bytes:
    """One campaign to one new person through the engine; the mail as it arrived."""
    make_people(account, 1)
    with use_account(account):
        sender = Sender.objects.for_account(account).get()
    signing._kept.clear()  # as a minute later
    launched(make_draft(account, member, sender=sender, require_consent=False), member)
    before = len(sink.bodies)
    slices.send_chunks()
    assert len(sink.bodies) > before
    return sink.bodies[-1]


def signatures(raw: bytes, dns_server: ScriptedDns) -> list[tuple[str, bool]]:
    """Selector of each signature, and whether it holds by what the name server says."""
    asking = dns.resolver.Resolver(configure=False)
    asking.nameservers, asking.port = [dns_server.address[0]], dns_server.address[1]

    def published(name: bytes, timeout: int = 5) -> bytes | None:
        try:
            (record,) = asking.resolve(name.decode(), "TXT", lifetime=20)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return None
        return b"".join(record.strings)

    found = []
    for index, header in enumerate(message_from_bytes(raw).get_all("DKIM-Signature") or []):
        selector = header.replace("\n", "").split("s=")[1].split(";")[0].strip()
        try:
            holds = dkim.DKIM(raw).verify(index, dnsfunc=published)
        except dkim.DKIMException:
            holds = False
        found.append((selector, bool(holds)))
    return sorted(found)


def test_a_mail_is_signed_aligned_and_verifies_by_the_dns(
    acme: Account, emil: Member, sink: Sink, domain: SenderDomain, dns_server: ScriptedDns
) -> None:
    assert domain.verified_at is not None
    raw = mailed(acme, emil, sink)
    assert signatures(raw, dns_server) == [("assent1", True), ("assent1e", True)]
    mail = message_from_bytes(raw)
    assert mail["From"] == f"Acme News <news@{DOMAIN}>"
    assert mail["Reply-To"] == "hello@shop.example"
    (command,) = [line for line in sink.commands if line.startswith("MAIL FROM:")]
    envelope = command.partition(">")[0].rpartition("@")[2]
    assert envelope == f"bounce.{DOMAIN}"
    asking = Dns([dns_server.address])
    assert dmarc.aligned(envelope, DOMAIN, asking, strict=False)
    assert asking.texts(envelope).values == ("v=spf1 ip4:192.0.2.0/24 -all",)


def test_a_changed_folded_header_fails(
    acme: Account, emil: Member, sink: Sink, domain: SenderDomain, dns_server: ScriptedDns
) -> None:
    raw = mailed(acme, emil, sink)
    head, _, body = raw.partition(b"\r\n\r\n")
    start = head.index(b"\r\nList-Unsubscribe:") + 2
    end = head.index(b"\r\n", head.index(b"\r\n ", start) + 2)
    field = head[start:end]
    assert b"\r\n " in field, "it is folded"
    # Where it is folded does not matter to "relaxed"; a single letter behind the fold does.
    folded_elsewhere = raw.replace(field, field.replace(b"\r\n ", b"\r\n\t ", 1), 1)
    assert {holds for _, holds in signatures(folded_elsewhere, dns_server)} == {True}
    other = bytes([field[-1] + 1])
    changed = head.replace(field, field[:-1] + other, 1) + b"\r\n\r\n" + body
    assert {holds for _, holds in signatures(changed, dns_server)} == {False}


def test_without_its_records_nothing_launches_and_nothing_is_signed(
    acme: Account, emil: Member, sink: Sink, domain: SenderDomain, dns_server: ScriptedDns
) -> None:
    del dns_server.zone[f"bounce.{DOMAIN}", "CNAME"]
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1, minutes=1), tick=True):
        assert check_all() == 1
        assert stored(acme).verified_at is None
        with pytest.raises(Exception, match=f"Publish the records of {DOMAIN}"):
            mailed(acme, emil, sink)
    assert not sink.bodies


def test_keys_are_published_waited_for_switched_and_kept_for_a_week(
    acme: Account,
    adam: Member,
    emil: Member,
    as_member: Any,
    sink: Sink,
    domain: SenderDomain,
    dns_server: ScriptedDns,
) -> None:
    """The clock runs; beat looks at the domain as it does each day."""
    client = as_member(adam)
    now = datetime.now(UTC)
    first = mailed(acme, emil, sink)
    client.post(f"/a/{acme.pk}/settings/domains/{domain.pk}/keys/")
    publish(acme, dns_server)
    with time_machine.travel(now + timedelta(days=1, minutes=1), tick=True):
        assert check_all() == 1  # seen now: old answers are kept for a day by others
        waiting = mailed(acme, emil, sink)
        assert signatures(waiting, dns_server) == [("assent1", True), ("assent1e", True)]
    with time_machine.travel(now + timedelta(days=1, minutes=2) + WAIT, tick=True):
        assert check_all() == 1
        second = mailed(acme, emil, sink)
        assert signatures(second, dns_server) == [("assent2", True), ("assent2e", True)]
        # What is under way still verifies, and the page asks for both pairs.
        assert signatures(first, dns_server) == [("assent1", True), ("assent1e", True)]
        page = client.get(f"/a/{acme.pk}/settings/domains/{domain.pk}/").content.decode()
        assert "Keys assent1 and assent1e: replaced on" in page
    with time_machine.travel(now + timedelta(days=1) + WAIT + KEPT, tick=True):
        check_all()
        assert numbers(acme) == [1, 2]
    with time_machine.travel(now + timedelta(days=2, minutes=4) + WAIT + KEPT, tick=True):
        check_all()
        assert numbers(acme) == [2]
        assert signatures(mailed(acme, emil, sink), dns_server)[0] == ("assent2", True)


def numbers(account: Account) -> list[int]:
    with use_account(account):
        return [pair.number for pair in keys_of(stored(account))]
