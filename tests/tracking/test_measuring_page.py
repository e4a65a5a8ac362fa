"""Settings > Measuring: choices with audit lines, an own host proved by DNS, health in words."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.measuring.hosts import tracking_url_of
from campaigns.models import Measuring
from marketing.models import Account, AuditLine, Member, SenderDomain
from marketing.tenancy import use_account
from tests.mailwire.dns_far_end import SILENT, ScriptedDns, scripted_dns
from tests.tracking.making import make_event, make_sent_campaign
from tracking.folding.folding import fold
from tracking.measuring.checking import check_due_hosts, check_host
from tracking.models import Recount

GOOD = {"retention_days": "180", "utm": "on", "utm_source": "news", "utm_medium": "email"}
HOST = "news.acme.example"


@pytest.fixture
def dns(settings: Any) -> Iterator[ScriptedDns]:
    with scripted_dns() as far_end:
        settings.DNS_SERVERS = [far_end.address]
        settings.DNS_TIMEOUT_S = 1.0
        settings.TRACKING_URL = "https://t.assent.example"
        yield far_end


def measuring_of(account: Account) -> Measuring:
    with use_account(account):
        found: Measuring = Measuring.objects.for_account(account).get()
        return found


def named(account: Account, host: str = HOST) -> Measuring:
    with use_account(account):
        made: Measuring = Measuring.objects.create(account=account, host=host, host_code="abc")
        return made


def publish(dns: ScriptedDns, chosen: Measuring) -> None:
    dns.says(f"_assent.{chosen.host}", "TXT", f"assent-host={chosen.host_code}")
    dns.says(chosen.host, "CNAME", "t.assent.example.")


def test_choices_are_saved_with_an_audit_line(acme: Account, as_member: Any, adam: Member) -> None:
    url = reverse("tracking:measuring", args=[acme.pk])
    client: Client = as_member(adam)
    assert client.post(url, GOOD).status_code == 302
    chosen = measuring_of(acme)
    assert (chosen.retention_days, chosen.utm, chosen.utm_source) == (180, True, "news")
    with use_account(acme):
        line = AuditLine.objects.for_account(acme).latest("id")
    assert (line.act, line.subject) == ("settings.changed", "Settings, Measuring")
    assert "retention_days: 90" in line.before
    page = client.get(url).content.decode()
    assert 'value="180" selected' in page


@pytest.mark.parametrize("wrong", [{"retention_days": "7"}, {"utm_source": "a&b=c"}])
def test_odd_choices_come_back_with_a_reason(
    acme: Account, as_member: Any, adam: Member, wrong: dict[str, str]
) -> None:
    url = reverse("tracking:measuring", args=[acme.pk])
    answer = as_member(adam).post(url, GOOD | wrong)
    assert answer.status_code == 422
    with use_account(acme):
        assert not Measuring.objects.for_account(acme).exists()


def test_a_viewer_sees_and_changes_nothing(acme: Account, as_member: Any, rita: Member) -> None:
    url = reverse("tracking:measuring", args=[acme.pk])
    assert as_member(rita).get(url).status_code == 200
    assert as_member(rita).post(url, GOOD).status_code == 404
    host = reverse("tracking:measuring_host", args=[acme.pk])
    assert as_member(rita).post(host, {"act": "name", "host": HOST}).status_code == 404


def test_a_host_is_named_shown_with_its_records_and_given_up(
    acme: Account, as_member: Any, adam: Member, dns: ScriptedDns
) -> None:
    client = as_member(adam)
    url = reverse("tracking:measuring_host", args=[acme.pk])
    assert client.post(url, {"act": "name", "host": "not a host"}).status_code == 422
    assert (
        client.post(url, {"act": "name", "host": " https://News.Acme.example/ "}).status_code == 302
    )
    chosen = measuring_of(acme)
    assert (chosen.host, chosen.host_verified_at) == (HOST, None)
    page = client.get(reverse("tracking:measuring", args=[acme.pk])).content.decode()
    assert f"assent-host={chosen.host_code}" in page
    assert "t.assent.example" in page
    client.post(url, {"act": "remove"})
    assert measuring_of(acme).host == ""


def test_the_page_of_a_domain_leads_to_the_own_host_and_tells_its_state(
    acme: Account, as_member: Any, rita: Member
) -> None:
    with use_account(acme):
        domain = SenderDomain.objects.create(account=acme, domain="acme.example", challenge="x")
    client = as_member(rita)
    url = reverse("tracking:host_current", args=[acme.pk])
    page = client.get(reverse("marketing:settings_domain", args=[acme.pk, domain.pk]))
    assert f'hx-get="{url}"' in page.content.decode()
    assert f'href="{reverse("tracking:measuring", args=[acme.pk])}#c-host"' in page.content.decode()
    assert client.get(url).content.decode() == "none yet"
    chosen = named(acme, "news.xn--vlo-bma.example")
    assert client.get(url).content.decode() == "news.vélo.example, not verified yet"
    with use_account(acme):
        chosen.host_verified_at = timezone.now()
        chosen.save()
    assert client.get(url).content.decode() == "news.vélo.example, verified"


def test_a_host_is_used_while_both_records_stand(acme: Account, dns: ScriptedDns) -> None:
    chosen = named(acme)
    assert not check_host(acme.pk)
    assert "missing" in measuring_of(acme).host_problem
    publish(dns, chosen)
    assert check_host(acme.pk)
    with use_account(acme):
        assert tracking_url_of(acme.pk) == f"https://{HOST}"
    dns.keeps(HOST, "CNAME", SILENT)
    assert check_host(acme.pk), "silence changes nothing"
    dns.says(HOST, "CNAME", "elsewhere.example.")
    assert not check_host(acme.pk)
    with use_account(acme):
        assert tracking_url_of(acme.pk) == "https://t.assent.example"


def test_somebody_elses_code_proves_nothing(acme: Account, dns: ScriptedDns) -> None:
    named(acme)
    dns.says(f"_assent.{HOST}", "TXT", "assent-host=of-another")
    dns.says(HOST, "CNAME", "t.assent.example.")
    assert not check_host(acme.pk)


def test_a_host_belongs_to_one_account(acme: Account, velo: Account, dns: ScriptedDns) -> None:
    publish(dns, named(acme))
    named(velo)
    assert check_host(acme.pk)
    assert not check_host(velo.pk), "same code in this test, yet taken"
    assert "Another account" in measuring_of(velo).host_problem
    assert measuring_of(acme).host_verified_at is not None


def test_hosts_are_looked_at_once_a_day(acme: Account, dns: ScriptedDns) -> None:
    publish(dns, named(acme))
    assert check_due_hosts() == 1
    assert check_due_hosts() == 0


def test_the_page_says_whether_measuring_is_well(
    acme: Account, as_member: Any, rita: Member
) -> None:
    url = reverse("tracking:measuring", args=[acme.pk])
    client = as_member(rita)
    assert "Sums are compared with their rows every night" in client.get(url).content.decode()
    with use_account(acme):
        campaign, (ana,) = make_sent_campaign(acme)
        make_event(campaign, ana)
        found = [{"campaign": campaign.pk, "text": "viewers: 7 counted, 1 in the rows"}]
        Recount.objects.create(
            account_id=acme.pk, at=timezone.now(), campaigns=1, differences=found
        )
    page = client.get(url).content.decode()
    assert "viewers: 7 counted, 1 in the rows" in page
    assert "Not counted yet" in page, "an event of yesterday"
    fold(acme.pk)
    assert "Not counted yet" not in client.get(url).content.decode()
