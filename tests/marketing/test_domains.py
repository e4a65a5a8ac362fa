"""Sender domains against a scripted name server: every state, keys that change, launch."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import dkim
import pytest
from django.utils import timezone

from campaigns.launching.readiness import problems_of
from campaigns.models import Campaign
from mailwire.dkim import DkimSigner
from mailwire.domains.published import Wanted
from marketing.domains import showing
from marketing.domains.checking import check_domain, is_verified
from marketing.domains.keys import KEPT, WAIT, keys_of, make_keys, signing_keys
from marketing.domains.tending import check_all
from marketing.domains.wanted import wanted_keys, wanted_of
from marketing.models import Account, DomainKey, Member, SenderDomain
from marketing.tenancy import use_account
from tests.mailwire.dns_far_end import SILENT, ScriptedDns, scripted_dns
from tests.making import make_sender

pytestmark = pytest.mark.django_db
NAME = "shop.example"


@pytest.fixture
def dns(settings: Any) -> Iterator[ScriptedDns]:
    with scripted_dns() as far_end:
        settings.DNS_SERVERS = [far_end.address]
        settings.CREDENTIALS_KEY = "a key of tests"
        yield far_end


@pytest.fixture
def domain(acme: Account, dns: ScriptedDns) -> SenderDomain:
    with use_account(acme):
        made = SenderDomain.objects.create(account=acme, domain=NAME, challenge="abc")
        make_keys(made)
    return made


def publish(dns: ScriptedDns, domain: SenderDomain, *, without: str = "") -> None:
    """As the owner would, from what the page lists."""
    with use_account(domain.account_id):
        wanted = [record for record in wanted_of(domain) if record.purpose != without]
    for record in wanted:
        say(dns, record)
    dns.says("mail.assent.example", "TXT", "v=spf1 ip4:192.0.2.0/24 -all")
    dns.says(f"bounce.{NAME}", "TXT", "v=spf1 ip4:192.0.2.0/24 -all")
    dns.says(f"_dmarc.{NAME}", "TXT", "v=DMARC1; p=none")


def say(dns: ScriptedDns, record: Wanted) -> None:
    value = f"{record.value}." if record.kind == "CNAME" else record.value
    dns.says(record.name, record.kind, value)


def looked_at(domain: SenderDomain) -> SenderDomain:
    assert check_domain(domain.account_id, domain.pk)
    with use_account(domain.account_id):
        return SenderDomain.objects.for_account(domain.account_id).get(pk=domain.pk)


def states(domain: SenderDomain) -> list[str]:
    with use_account(domain.account_id):
        return [row.label for row in showing.rows_of(domain)]


def test_before_anything_is_published_each_record_is_missing(domain: SenderDomain) -> None:
    assert set(states(domain)) == {"Not looked for yet"}
    seen = looked_at(domain)
    assert set(states(seen)) == {"Not there yet"}
    assert seen.verified_at is None


def test_a_published_domain_is_verified_and_signs_what_verifies(
    domain: SenderDomain, dns: ScriptedDns
) -> None:
    publish(dns, domain)
    seen = looked_at(domain)
    assert set(states(seen)) == {"Found"}
    assert (seen.dmarc_policy, seen.aligned, seen.spf_faults) == ("none", True, "")
    with use_account(domain.account_id):
        assert is_verified(domain.account_id, f"news@{NAME.upper()}")
        signer = DkimSigner(NAME, signing_keys(domain.account_id, NAME))
    raw = signer.signed(b"From: news@shop.example\r\nSubject: A long\r\n one\r\n\r\nHello\r\n")

    def published(name: bytes, timeout: int = 5) -> bytes:
        values = dns.zone[name.decode().rstrip("."), "TXT"]
        return values[0].encode()

    for index in (0, 1):
        assert dkim.DKIM(raw).verify(index, dnsfunc=published)
        spoiled = raw.replace(b"A long\r\n one", b"A long\r\n two")
        assert not dkim.DKIM(spoiled).verify(index, dnsfunc=published)


@pytest.mark.parametrize("without", ["ownership", "return_path", "dkim_assent1", "dkim_assent1e"])
def test_one_missing_record_is_enough_to_wait(
    domain: SenderDomain, dns: ScriptedDns, without: str
) -> None:
    publish(dns, domain, without=without)
    seen = looked_at(domain)
    assert seen.verified_at is None
    assert states(seen).count("Not there yet") == 1


def test_a_wrong_record_is_shown_beside_the_wanted_one(
    domain: SenderDomain, dns: ScriptedDns
) -> None:
    publish(dns, domain)
    dns.says("assent1._domainkey.shop.example", "TXT", "v=DKIM1; k=rsa; p=SOMEBODYELSE")
    seen = looked_at(domain)
    with use_account(domain.account_id):
        (row,) = [row for row in showing.rows_of(seen) if row.label == "Something else is there"]
    assert row.found == ["v=DKIM1; k=rsa; p=SOMEBODYELSE"]


def test_a_silent_name_server_takes_nothing_away(
    domain: SenderDomain, dns: ScriptedDns, settings: Any
) -> None:
    publish(dns, domain)
    verified = looked_at(domain).verified_at
    for known in list(dns.zone):
        dns.keeps(*known, SILENT)
    settings.DNS_TIMEOUT_S = 0.2
    seen = looked_at(domain)
    assert seen.verified_at == verified
    with use_account(domain.account_id):
        assert all(row.unchecked for row in showing.rows_of(seen))


def test_a_record_that_was_taken_away_ends_it(domain: SenderDomain, dns: ScriptedDns) -> None:
    publish(dns, domain)
    looked_at(domain)
    del dns.zone[f"_assent.{NAME}", "TXT"]
    assert looked_at(domain).verified_at is None


def test_eleven_lookups_and_no_dmarc_are_told(domain: SenderDomain, dns: ScriptedDns) -> None:
    publish(dns, domain)
    del dns.zone[f"_dmarc.{NAME}", "TXT"]
    names = [f"i{number}.example" for number in range(11)]
    for name in names:
        dns.says(name, "TXT", "v=spf1 -all")
    includes = " ".join(f"include:{name}" for name in names)
    dns.says(f"bounce.{NAME}", "TXT", f"v=spf1 {includes} -all")
    notes = showing.notes_of(looked_at(domain))
    assert "SPF needs 11 DNS look-ups; receivers stop at 10." in notes
    assert any(note.startswith("Nobody publishes DMARC") for note in notes)


def test_new_keys_take_over_after_a_day_and_old_ones_stay_a_week(
    domain: SenderDomain, dns: ScriptedDns
) -> None:
    publish(dns, domain)
    looked_at(domain)
    with use_account(domain.account_id):
        second = make_keys(domain)
        for record in wanted_keys(second, NAME):
            say(dns, record)
    looked_at(domain)
    assert signing(domain) == "assent1"
    age(domain, second.number, "seen_at", WAIT)
    looked_at(domain)
    assert signing(domain) == "assent2"
    assert len(all_keys(domain)) == 2
    age(domain, 1, "retired_at", KEPT)
    looked_at(domain)
    assert [pair.number for pair in all_keys(domain)] == [2]


def signing(domain: SenderDomain) -> str:
    with use_account(domain.account_id):
        return signing_keys(domain.account_id, NAME)[0].selector


def all_keys(domain: SenderDomain) -> list[DomainKey]:
    with use_account(domain.account_id):
        return list(keys_of(domain))


def age(domain: SenderDomain, number: int, field: str, by: timedelta) -> None:
    with use_account(domain.account_id):
        keys_of(domain).filter(number=number).update(**{field: timezone.now() - by})


def test_each_domain_is_looked_at_once_a_day(domain: SenderDomain) -> None:
    assert check_all() == 1
    assert check_all() == 0
    with use_account(domain.account_id):
        SenderDomain.objects.for_account(domain.account_id).update(
            checked_at=timezone.now() - timedelta(hours=25)
        )
    assert check_all() == 1


def test_an_unverified_domain_keeps_a_campaign_from_launch_where_it_is_required(
    domain: SenderDomain, dns: ScriptedDns, settings: Any
) -> None:
    account = domain.account
    with use_account(account):
        sender = make_sender(account, f"news@{NAME}", verified_at=timezone.now())
        campaign = Campaign.objects.create(
            account=account,
            name="Autumn",
            sender=sender,
            track_opens=False,
            track_clicks=False,
            require_consent=True,
        )
        settings.REQUIRE_SENDER_DOMAIN = True
        said = (
            f"Publish the records of {NAME} that were not found: _assent.{NAME}, assent1._domainkey"
            f".{NAME}, assent1e._domainkey.{NAME}, bounce.{NAME}"
        )
        assert said in [problem.text for problem in problems_of(campaign, account)]
        settings.REQUIRE_SENDER_DOMAIN = False
        assert said not in [problem.text for problem in problems_of(campaign, account)]
        settings.REQUIRE_SENDER_DOMAIN = True
        campaign.sender = make_sender(account, "news@other.example")
        said_of_other = "Add other.example in Settings, Domains, and publish its records"
        assert said_of_other in [problem.text for problem in problems_of(campaign, account)]
        campaign.sender = sender
    publish(dns, domain, without="return_path")
    looked_at(domain)
    with use_account(account):
        (problem,) = [
            problem for problem in problems_of(campaign, account) if "not found" in problem.text
        ]
        assert problem.text.endswith(f"not found: bounce.{NAME}")
        assert problem.url.endswith(f"/settings/domains/{domain.pk}/")
    publish(dns, domain)
    looked_at(domain)
    with use_account(account):
        assert not [p for p in problems_of(campaign, account) if "records" in p.text]


class TestPages:
    @pytest.mark.parametrize(
        ("typed", "message"),
        [
            ("gmail.com", "belongs to a mailbox provider"),
            ("no domain", "not a domain name"),
            ("example", "not a domain name"),
            (NAME, "there already"),
        ],
    )
    def test_a_wrong_domain_is_said_at_the_field(
        self, domain: SenderDomain, adam: Member, as_member: Any, typed: str, message: str
    ) -> None:
        client = as_member(adam)
        answer = client.post(f"/a/{domain.account_id}/settings/domains/", {"domain": typed})
        assert answer.status_code == 422
        assert message in answer.content.decode()
        assert f'value="{typed}"' in answer.content.decode()

    def test_a_pasted_address_in_another_script_becomes_a_domain(
        self, acme: Account, dns: ScriptedDns, adam: Member, as_member: Any
    ) -> None:
        client = as_member(adam)
        url = f"/a/{acme.pk}/settings/domains/"
        answer = client.post(url, {"domain": "news@Vélo.example"}, follow=True)
        assert "xn--vlo-bma.example" in answer.content.decode()
        assert ">vélo.example</h2>" in answer.content.decode(), "for eyes; its records for machines"
        assert ">vélo.example</a>" in client.get(url).content.decode()
        assert "v=DKIM1; k=rsa; p=" in answer.content.decode()
        assert "v=DKIM1; k=ed25519; p=" in answer.content.decode()

    def test_private_keys_are_on_no_page_and_in_no_column(self, domain: SenderDomain) -> None:
        (pair,) = all_keys(domain)
        assert b"PRIVATE KEY" not in bytes(pair.rsa_sealed) + bytes(pair.ed25519_sealed)

    def test_a_freemail_sender_is_refused(
        self, acme: Account, adam: Member, as_member: Any
    ) -> None:
        client = as_member(adam)
        url = f"/a/{acme.pk}/settings/senders/"
        answer = client.post(url, {"name": "Acme", "address": "acme@gmail.com"})
        assert answer.status_code == 422
        assert "belongs to a mailbox provider" in answer.content.decode()

    def test_a_freemail_address_that_opened_the_account_can_not_launch(
        self, acme: Account, olga: Member, as_member: Any
    ) -> None:
        with use_account(acme):
            sender = make_sender(acme, "acme.bikes@gmail.com", verified_at=timezone.now())
            switches = {"track_opens": False, "track_clicks": False, "require_consent": False}
            campaign = Campaign.objects.create(account=acme, name="A", sender=sender, **switches)
            said = [problem.text for problem in problems_of(campaign, acme)]
        assert any("belongs to a mailbox provider" in text for text in said)
        page = as_member(olga).get(f"/a/{acme.pk}/settings/senders/").content.decode()
        assert "Can not launch" in page

    def test_a_domain_in_use_stays(
        self, domain: SenderDomain, adam: Member, as_member: Any
    ) -> None:
        url = f"/a/{domain.account_id}/settings/domains/{domain.pk}/remove/"
        client = as_member(adam)
        with use_account(domain.account_id):
            sender = make_sender(domain.account, f"news@{NAME}")
        assert "remove the sender first" in client.post(url, follow=True).content.decode()
        with use_account(domain.account_id):
            sender.delete()
        assert "is removed" in client.post(url, follow=True).content.decode()
        assert all_keys(domain) == []


def test_pressing_looks_in_the_background_and_a_lost_bell_is_rung_again(
    domain: SenderDomain, adam: Member, as_member: Any
) -> None:
    client = as_member(adam)
    url = f"/a/{domain.account_id}/settings/domains/{domain.pk}/"
    assert check_all() == 1
    assert check_all() == 0
    client.post(f"{url}check/")
    assert "Looking at the DNS" in client.get(url).content.decode()
    assert check_all() == 1
    assert "Looked at on" in client.get(url).content.decode()
