"""Settings > Sending limits, as its members meet it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign, OwnRelay, SendingLimit, WarmUp
from campaigns.sending.rates import adapting, days, limits
from campaigns.sending.rates.taking import Ask, ended, take
from campaigns.sending.relays import outlets, testing
from campaigns.sending.relays.outlets import outlet_of
from mailwire.outcomes import Stage, outcome_of
from marketing.models import Account, AuditLine, Member
from marketing.tenancy import use_account
from tests.campaigns.launching_making import launched, make_draft, make_people
from tests.campaigns.provider import listening
from tests.mailwire.scripted import EVERYTHING, Script, ScriptedSink, scripted
from tests.making import make_sender

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def house(settings: Any) -> None:
    settings.EMAIL_URL = "smtp://relay.of.the.house.test"
    settings.OWN_RELAYS_ANYWHERE = True
    outlets._kept.clear()
    limits._kept.clear()


@pytest.fixture
def relay() -> Iterator[ScriptedSink]:
    script = Script(extensions=(*EVERYTHING, "AUTH PLAIN LOGIN"), login=("news", "s3cret, word"))
    with scripted(script) as sink:
        yield sink


def url_of(name: str, account: Account, *ids: int) -> str:
    return reverse(f"campaigns:{name}", args=[account.pk, *ids])


def text_of(client: Client, account: Account, name: str = "settings_sending") -> str:
    answer = client.get(url_of(name, account))
    assert answer.status_code == 200
    return str(answer.content.decode())


def smtp(sink: ScriptedSink, **changed: str) -> dict[str, str]:
    return {
        "kind": "smtp",
        "host": "127.0.0.1",
        "port": str(sink.port),
        "security": "smtp",
        "username": "news",
        "password": "s3cret, word",
        "connections": "3",
        "mails_per_connection": "20",
    } | changed


def audited(account: Account) -> list[tuple[str, str, str]]:
    with use_account(account):
        lines = AuditLine.objects.for_account(account).order_by("id")
        return list(lines.values_list("act", "before", "after"))


def test_a_limit_is_added_shown_counted_and_removed(
    as_member: Any, acme: Account, adam: Member
) -> None:
    client = as_member(adam)
    wanted = {"scope": "account", "name": "x", "mails": "5000", "per": "day"}
    assert client.post(url_of("limit_add", acme), wanted).status_code == 302
    grant = take(Ask(account_id=acme.pk, sender="n@acme.test", wanted={"x.test": 1200}))
    assert grant.total == 1200
    page = text_of(client, acme)
    assert "at most 5,000 mails a day" in page
    assert "1,200" in page
    assert "3,800" in page
    with use_account(acme):
        limit = SendingLimit.objects.for_account(acme).get()
    client.post(url_of("limit_remove", acme, limit.pk))
    assert "Nothing is limited" in text_of(client, acme)
    words = "The whole account: at most 5,000 mails a day"
    assert audited(acme) == [("limit.added", "", words), ("limit.removed", words, "")]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"mails": "0"}, "At least 1."),
        ({"mails": "10000001"}, "At most 10,000,000."),
        ({"scope": "group", "per": "day"}, "by the second, minute or hour"),
        ({}, "There is such a limit already"),
    ],
)
def test_a_wrong_limit_is_told_and_not_kept(
    as_member: Any, acme: Account, olga: Member, changed: dict[str, str], told: str
) -> None:
    with use_account(acme):
        SendingLimit.objects.create(account=acme, scope="account", mails=10, seconds=60)
    wanted = {"scope": "account", "name": "", "mails": "7", "per": "minute"} | changed
    answer = as_member(olga).post(url_of("limit_add", acme), wanted)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    with use_account(acme):
        assert SendingLimit.objects.for_account(acme).count() == 1


def test_a_warm_up_shows_todays_number_and_its_end(
    as_member: Any, acme: Account, olga: Member
) -> None:
    client = as_member(olga)
    started = timezone.localdate() - timedelta(days=2)
    plan = {"domain": "New.Example.", "starts_on": started.isoformat()}
    plan |= {"first_day": "100", "growth": "100", "target": "1000"}
    assert client.post(url_of("warm_up_add", acme), plan).status_code == 302
    page = text_of(client, acme)
    ends = started + timedelta(days=4)
    assert f"Today 400, without a limit from {ends.day} {ends:%b %Y}" in page
    assert client.post(url_of("warm_up_add", acme), plan).status_code == 422
    with use_account(acme):
        row = WarmUp.objects.for_account(acme).get()
    client.post(url_of("warm_up_remove", acme, row.pk))
    assert [act for act, _, _ in audited(acme)] == ["warm_up.added", "warm_up.removed"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"target": "99"}, "Not fewer than on the first day."),
        ({"starts_on": "9999-12-31"}, "Choose a day less than a year away."),
        ({"starts_on": "0001-01-01"}, "Choose a day less than a year away."),
    ],
)
def test_a_warm_up_that_nobody_means_is_told_and_not_kept(
    as_member: Any, acme: Account, olga: Member, changed: dict[str, str], told: str
) -> None:
    plan = {"domain": "new.example", "starts_on": timezone.localdate().isoformat()}
    plan |= {"first_day": "100", "growth": "100", "target": "1000"} | changed
    answer = as_member(olga).post(url_of("warm_up_add", acme), plan)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    with use_account(acme):
        assert not WarmUp.objects.for_account(acme).exists()


def test_an_own_smtp_account_is_sealed_tested_and_used(
    as_member: Any, acme: Account, adam: Member, relay: ScriptedSink
) -> None:
    client = as_member(adam)
    with use_account(acme):
        make_sender(acme, "news@acme.test")
    assert client.post(url_of("settings_relay", acme), smtp(relay)).status_code == 302
    assert "Not tested yet." in text_of(client, acme)
    client.post(url_of("relay_test", acme))
    assert "on its way" in text_of(client, acme, "relay_state")
    testing.prove_relay(acme.pk)
    page = text_of(client, acme)
    assert "The test mail was accepted." in page
    assert [(mail.address, mail.sender) for mail in relay.taken] == [
        (adam.user.email, "news@acme.test")
    ]
    for shown in (page, text_of(client, acme, "settings_relay"), str(audited(acme))):
        assert "s3cret" not in shown
    with use_account(acme):
        assert b"s3cret" not in bytes(OwnRelay.objects.for_account(acme).get().secret)
    outlets.forget(acme.pk)
    outlet = outlet_of(acme.pk)
    assert (outlet.key, outlet.connections, outlet.mails_per_connection) == (
        f"account-{acme.pk}", 3, 20,
    )  # fmt: skip


def test_a_test_that_fails_says_so_in_the_servers_words(
    as_member: Any, acme: Account, adam: Member, relay: ScriptedSink
) -> None:
    client = as_member(adam)
    client.post(url_of("settings_relay", acme), smtp(relay, password="wrong"))
    client.post(url_of("relay_test", acme))
    testing.prove_relay(acme.pk)
    page = text_of(client, acme)
    assert "The test mail was not accepted." in page
    assert "“535 5.7.8 wrong”" in page
    assert relay.taken == []


def test_a_providers_key_is_sealed_and_tested(
    as_member: Any, acme: Account, olga: Member, settings: Any
) -> None:
    client = as_member(olga)
    with listening() as server:
        settings.ANYMAIL = {"POSTMARK_API_URL": server.anymail["POSTMARK_API_URL"]}
        wanted = {"kind": "provider", "provider": "postmark", "key": "pm-s3cret"}
        assert client.post(url_of("settings_relay", acme), wanted).status_code == 302
        client.post(url_of("relay_test", acme))
        testing.prove_relay(acme.pk)
        assert len(server.received) == 1
    page = text_of(client, acme)
    assert "Postmark" in page
    assert "The test mail was accepted." in page
    assert "s3cret" not in page


def test_a_mail_server_in_our_own_network_is_refused(
    as_member: Any, acme: Account, olga: Member, relay: ScriptedSink, settings: Any
) -> None:
    settings.OWN_RELAYS_ANYWHERE = False
    client = as_member(olga)
    for host in ("127.0.0.1", "10.0.0.7", "169.254.169.254"):
        answer = client.post(url_of("settings_relay", acme), smtp(relay, host=host))
        assert answer.status_code == 422
        assert "not on the public internet" in answer.content.decode()
    wrong = smtp(relay, host="8.8.8.8", port="6379", security="smtp+tls")
    answer = client.post(url_of("settings_relay", acme), wrong)
    assert "Mail is taken at port" in answer.content.decode()
    with use_account(acme):
        assert not OwnRelay.objects.for_account(acme).exists()


def test_without_a_key_of_the_operator_nothing_can_be_kept(
    as_member: Any, acme: Account, olga: Member, relay: ScriptedSink, settings: Any
) -> None:
    settings.CREDENTIALS_KEY = ""
    client = as_member(olga)
    answer = client.post(url_of("settings_relay", acme), smtp(relay))
    assert answer.status_code == 422
    assert "has not set CREDENTIALS_KEY" in answer.content.decode()


def test_who_may_not_change_settings_sees_numbers_and_no_login(
    as_member: Any, acme: Account, emil: Member, adam: Member, relay: ScriptedSink
) -> None:
    as_member(adam).post(url_of("settings_relay", acme), smtp(relay))
    client = as_member(emil)
    page = text_of(client, acme)
    assert "by your own server" in page
    assert "127.0.0.1" not in page
    assert "Add limit" not in page
    assert client.get(url_of("settings_relay", acme)).status_code == 404
    for name in ("limit_add", "warm_up_add", "settings_relay", "relay_test", "relay_remove"):
        assert client.post(url_of(name, acme), {}).status_code == 404


def test_removing_it_sends_by_the_house_again(
    as_member: Any, acme: Account, adam: Member, relay: ScriptedSink
) -> None:
    client = as_member(adam)
    client.post(url_of("settings_relay", acme), smtp(relay))
    client.post(url_of("relay_remove", acme))
    assert "by the servers of this house" in text_of(client, acme)
    assert outlet_of(acme.pk).key == "shared"
    assert [act for act, _, _ in audited(acme)] == ["relay.changed", "relay.removed"]


def test_receivers_that_ask_us_to_be_slow_are_shown_with_their_words(
    as_member: Any, acme: Account, rita: Member
) -> None:
    grant = take(Ask(account_id=acme.pk, sender="n@acme.test", wanted={"slow.test": 1}))
    ended(grant, [("slow.test", outcome_of(451, "4.7.1 Too many mails", Stage.RCPT))])
    assert list(adapting.slowed("shared")) == ["slow.test"]
    page = text_of(as_member(rita), acme)
    assert "Receivers that ask us to be slow" in page
    assert "4.7.1 Too many mails" in page


def test_the_operators_limits_are_shown(
    as_member: Any, acme: Account, rita: Member, settings: Any
) -> None:
    settings.SENDING_LIMITS = "account=9000/day; group:google.com=500/10 minutes"
    page = text_of(as_member(rita), acme)
    assert "at most 500 mails in 10 minutes" in page
    assert "Set by the operator" in page
    assert "9,000" in page
    assert days.limit_for(9000, is_request=False) == 8100


def test_a_launch_and_its_page_say_what_a_day_allows(
    as_member: Any, acme: Account, emil: Member
) -> None:
    client = as_member(emil)
    with use_account(acme):
        SendingLimit.objects.create(account=acme, scope="account", mails=10, seconds=86400)
    make_people(acme, 12)
    campaign = make_draft(acme, emil)
    page = text_of_campaign(client, "launch", campaign)
    tomorrow = timezone.localdate() + timedelta(days=1)
    last = f"{tomorrow.day} {tomorrow:%b %Y}"
    assert f"Daily limit, 10 mails: 9 leave today, the last on {last}." in page
    launched(campaign, emil)
    assert "Daily limit reached" not in text_of_campaign(client, "overview", campaign)
    take(Ask(account_id=acme.pk, sender="any@acme.test", wanted={"x.test": 9}))
    page = text_of_campaign(client, "overview", campaign)
    assert "Daily limit reached" in page
    assert "Daily limit, 10 mails. It goes on" in page


def text_of_campaign(client: Client, name: str, campaign: Campaign) -> str:
    answer = client.get(reverse(f"campaigns:{name}", args=[campaign.account_id, campaign.pk]))
    return str(answer.content.decode())
