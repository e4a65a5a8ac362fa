"""What the operator or a member got wrong: the campaign pauses, says why, and mails who launched.

The far ends are real ones on this machine: an SMTP server that refuses a login, one with a
certificate nobody signed, one that speaks no TLS, a name that does not exist, a provider's HTTP.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.urls import reverse

from campaigns.models import Campaign, CampaignEvent
from campaigns.sending import running, system_mails
from marketing.models import Account, Member
from marketing.tenancy import use_account
from tests.campaigns import slices
from tests.campaigns.provider import listening
from tests.campaigns.sending_making import counts, make_people, make_planned, make_running
from tests.mailwire.certificates import make_certificate, server_context
from tests.mailwire.scripted import EVERYTHING, Script, scripted

pytestmark = pytest.mark.django_db

Mend = Callable[[], None]
WITH_LOGIN = Script(extensions=(*EVERYTHING, "AUTH PLAIN LOGIN"), login=("emil", "right"))


@pytest.fixture(autouse=True)
def own_state(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.STATE_DIR = tmp_path
    settings.EMAIL_BACKEND = ""
    settings.PROVIDER_PATIENCE = timedelta(0)
    forget()
    yield
    forget()


def forget() -> None:
    for engine in running._engines.values():
        engine.close()
    running._engines.clear()


def wrong_password(settings: Any, ending: ExitStack, folder: Path) -> Mend:
    sink = ending.enter_context(scripted(WITH_LOGIN))
    settings.EMAIL_URL = f"smtp://emil:wrong@127.0.0.1:{sink.port}"
    return lambda: setattr(settings, "EMAIL_URL", f"smtp://emil:right@127.0.0.1:{sink.port}")


def unknown_host(settings: Any, ending: ExitStack, folder: Path) -> Mend:
    sink = ending.enter_context(scripted())
    settings.EMAIL_URL = "smtp://no-such-relay.invalid:25"
    return lambda: setattr(settings, "EMAIL_URL", sink.url)


def wrong_certificate(settings: Any, ending: ExitStack, folder: Path) -> Mend:
    context = server_context(make_certificate(folder))
    sink = ending.enter_context(scripted(Script(context=context, is_tls=True)))
    plain = ending.enter_context(scripted())
    settings.EMAIL_URL = f"smtps://127.0.0.1:{sink.port}"
    return lambda: setattr(settings, "EMAIL_URL", plain.url)


def no_starttls(settings: Any, ending: ExitStack, folder: Path) -> Mend:
    sink = ending.enter_context(scripted())
    settings.EMAIL_URL = f"smtp+tls://127.0.0.1:{sink.port}"
    return lambda: setattr(settings, "EMAIL_URL", sink.url)


def no_tls(settings: Any, ending: ExitStack, folder: Path) -> Mend:
    sink = ending.enter_context(scripted())
    settings.EMAIL_URL = f"smtps://127.0.0.1:{sink.port}"
    return lambda: setattr(settings, "EMAIL_URL", sink.url)


def provider(status: int) -> Callable[[Any, ExitStack, Path], Mend]:
    def set_up(settings: Any, ending: ExitStack, folder: Path) -> Mend:
        server = ending.enter_context(listening())
        server.status = status
        settings.EMAIL_URL = ""
        settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
        settings.ANYMAIL = server.anymail
        return lambda: setattr(server, "status", 200)

    return set_up


CASES = {
    "wrong password": (wrong_password, "does not accept the user name or password: 535 5.7.8"),
    "unknown host": (unknown_host, "can not be found: The name of the relay is unknown"),
    "wrong certificate": (wrong_certificate, "No safe connection to the mail server: The certif"),
    "no STARTTLS": (no_starttls, "No safe connection to the mail server: The relay does not offer"),
    "no TLS": (no_tls, "No safe connection to the mail server: No TLS with the relay"),
    "provider 401": (provider(401), "Postmark answered 401 Unauthorized"),
    "provider 429": (provider(429), "takes no mail now: Postmark answered 429 Too Many Requests"),
    "provider 500": (provider(500), "takes no mail now: Postmark answered 500 Internal Server"),
    "provider 503": (provider(503), "takes no mail now: Postmark answered 503 Service Unavail"),
}


@pytest.fixture(params=CASES)
def fault(request: Any, settings: Any, tmp_path: Path) -> Iterator[tuple[str, Mend]]:
    set_up, words = CASES[request.param]
    with ExitStack() as ending:
        yield words, set_up(settings, ending, tmp_path)
        forget()


def test_the_campaign_pauses_says_why_mails_who_launched_and_goes_on_by_one_press(
    acme: Account,
    emil: Member,
    as_member: Any,
    fault: tuple[str, Mend],
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    words, mend = fault
    mailed: list[dict[str, str]] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, kwargs, queue: mailed.append(kwargs))
    with use_account(acme):
        campaign = make_running(acme, launched_by=emil)
        make_planned(campaign, make_people(acme, 3))
    with django_capture_on_commit_callbacks(execute=True):
        slices.send_chunks()
    assert counts(campaign) == {"queued": 3}
    client = as_member(emil)
    page = client.get(reverse("campaigns:overview", args=[acme.pk, campaign.pk])).content.decode()
    assert "Paused" in page
    assert words in page.replace("&quot;", '"').replace("&#x27;", "'")
    assert [mail["to"] for mail in mailed] == [emil.user.email]
    assert mailed[0]["subject"] == "“Tuesday news” is paused"
    assert words in mailed[0]["text"]
    assert f"http://testserver/a/{acme.pk}/campaigns/{campaign.pk}/" in mailed[0]["text"]

    mend()
    client.post(reverse("campaigns:resume", args=[acme.pk, campaign.pk]))
    slices.send_chunks()
    assert counts(campaign) == {"sent": 3}


def test_no_secret_of_ours_stands_in_what_is_told(
    acme: Account, emil: Member, settings: Any, tmp_path: Path
) -> None:
    with ExitStack() as ending:
        wrong_password(settings, ending, tmp_path)
        with use_account(acme):
            campaign = make_running(acme, launched_by=emil)
            make_planned(campaign, make_people(acme, 1))
        slices.send_chunks()
        with use_account(acme):
            campaign.refresh_from_db()
            events = list(CampaignEvent.objects.for_account(acme).values_list("text", flat=True))
        assert "wrong" in campaign.paused_why  # the server's word
        assert not any(
            "emil:" in text or ":wrong@" in text for text in [*events, campaign.paused_why]
        )


def test_a_login_mail_waits_until_our_password_is_mended(
    acme: Account, settings: Any, tmp_path: Path
) -> None:
    with ExitStack() as ending:
        wrong_password(settings, ending, tmp_path)
        with pytest.raises(system_mails.TryLater):
            system_mails.send_system_mail(
                running.engine().transport, to="olga@acme.test", subject="Log in", text="Here."
            )
        forget()


def test_a_provider_that_is_busy_for_a_moment_pauses_nothing_and_the_page_says_when_it_would(
    acme: Account, emil: Member, as_member: Any, settings: Any, tmp_path: Path
) -> None:
    settings.PROVIDER_PATIENCE = timedelta(hours=1)
    with ExitStack() as ending:
        mend = provider(429)(settings, ending, tmp_path)
        with use_account(acme):
            campaign = make_running(acme, launched_by=emil)
            make_planned(campaign, make_people(acme, 2))
        running.send_chunks()
        with use_account(acme):
            assert Campaign.objects.for_account(acme).get().state == "sending"
        url = reverse("campaigns:overview", args=[acme.pk, campaign.pk])
        page = as_member(emil).get(url).content.decode()
        assert "The mail server takes no mail now" in page
        assert "Sending goes on by itself. Paused after 3,600 seconds of this: Postmark" in page
        mend()
        slices.send_chunks()
    assert counts(campaign) == {"sent": 2}
    with use_account(acme):
        events = CampaignEvent.objects.for_account(acme).order_by("id")
        assert [event.what for event in events] == ["server_away", "server_back"]
