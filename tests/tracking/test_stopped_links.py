"""The operator's kill switch: a stopped link warns, through the endpoint as it runs."""

import time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse

from campaigns.models import Campaign, Link
from marketing.models import Account, Contact, Member
from marketing.tenancy import use_account
from tests.making import make_account
from tests.tracking.conftest import TARGET
from tests.tracking.making import make_sent_campaign
from tests.tracking.serving import database_url, fetch, running_endpoint, tokens
from tests.tracking.test_endpoint import events, token_of
from tests.tracking.test_endpoint_promises import NEVER_STORED, SERVERS_OWN
from tracking.endpoint.answers import GIF, STOPPED
from tracking.endpoint.stops import Stops

pytestmark = pytest.mark.django_db(transaction=True)

Sent = tuple[Account, Campaign, Contact]
WHY = "The shop was taken over."


def said(*arguments: Any, **options: Any) -> str:
    out = StringIO()
    call_command("stop_link", *arguments, stdout=out, **options)
    return out.getvalue()


def until_answered(url: str, status: int) -> None:
    """HEAD is never recorded, so asking again and again changes nothing."""
    until = time.monotonic() + 60
    while fetch(url, "HEAD")[0] != status:
        assert time.monotonic() < until, f"never {status}"
        time.sleep(0.05)


def test_a_stopped_link_warns_within_seconds_and_leads_on_when_that_is_undone(
    endpoint: str, sent: Sent
) -> None:
    account, campaign, _ = sent
    with use_account(account):
        Link.objects.create(account=account, campaign=campaign, number=2, target=TARGET)
    url, other = (f"{endpoint}/link/{token_of(sent)}/{number}" for number in (1, 2))
    assert fetch(url)[0] == 302, "its target is cached now"
    assert said(campaign.pk, 1, why=WHY) == "Stopped.\n"
    until_answered(url, 410)
    for method in ("GET", "HEAD"):
        status, body, headers = fetch(url, method)
        assert (status, body) == (410, STOPPED if method == "GET" else b"")
        assert {k: v for k, v in headers.items() if k not in SERVERS_OWN} == {
            "content-type": "text/html; charset=utf-8",
            "content-length": str(len(STOPPED)),
            "content-security-policy": "default-src 'none'",
            "cache-control": NEVER_STORED,
            "referrer-policy": "no-referrer",
            "x-robots-tag": "noindex",
            "x-content-type-options": "nosniff",
        }
    assert b"script" not in STOPPED
    assert events(account) == [("click", 1)], "only the one before"
    assert fetch(other)[0] == 302
    assert fetch(f"{endpoint}/pixel/{token_of(sent)}.gif")[1] == GIF
    assert events(account) == [("click", 1), ("click", 2), ("open", 0)]
    assert said(campaign.pk, 1, undo=True) == "Leads on as before.\n"
    until_answered(url, 302)


def test_all_links_of_an_account_are_stopped_and_nobody_elses(endpoint: str, sent: Sent) -> None:
    account, _, contact = sent
    other = make_account("Globex", country="US")
    with use_account(other):
        theirs = Campaign.objects.create(
            account=other, name="x", track_opens=True, track_clicks=True, require_consent=False
        )
        Link.objects.create(account=other, campaign=theirs, number=1, target=TARGET)
    foreign = f"{endpoint}/link/{tokens.make('track', other.pk, theirs.pk, contact.pk)}/1"
    said(account=account.pk, why=WHY)
    until_answered(f"{endpoint}/link/{token_of(sent)}/1", 410)
    assert fetch(foreign)[0] == 302
    assert fetch(f"{endpoint}/link/{'x' * 40}/1")[0] == 404
    said(account=account.pk, undo=True)
    until_answered(f"{endpoint}/link/{token_of(sent)}/1", 302)


def test_an_endpoint_that_starts_knows_what_is_stopped_before_its_first_answer(
    transactional_db: None, sent: Sent
) -> None:
    said(sent[1].pk, 1, why=WHY)
    with running_endpoint() as endpoint:
        assert fetch(f"{endpoint}/link/{token_of(sent)}/1")[0] == 410


def test_what_was_stopped_stays_so_while_the_database_is_away(sent: Sent, tmp_path: Path) -> None:
    account, campaign, _ = sent
    said(campaign.pk, 1, why=WHY)
    way = tmp_path / "way"
    way.symlink_to(connection.get_connection_params()["host"])
    known = Stops(database_url("assent_tracking").partition("?")[0] + f"?host={way}")
    known.read()
    known._reader._connection.close()
    way.unlink()
    known.read()
    assert known.covers(account.pk, campaign.pk, 1)
    assert not known.covers(account.pk, campaign.pk, 2)
    said(campaign.pk, 1, undo=True)
    way.symlink_to(connection.get_connection_params()["host"])
    known.read()
    assert not known.covers(account.pk, campaign.pk, 1), "back, and up to date"
    known._reader._connection.close()


def test_members_read_on_statistics_what_is_stopped_and_why(
    as_member: Any, acme: Account, rita: Member
) -> None:
    account = acme
    with use_account(account):
        campaign, _ = make_sent_campaign(account, people=1)
    page = reverse("tracking:statistics", args=[account.pk, campaign.pk])
    said(campaign.pk, 1, why=WHY)
    shown = as_member(rita).get(page).content.decode()
    assert shown.count(f"Stopped by the operator: {WHY}") == 1, "the other links lead on"
    assert said(campaign.pk, 1, why="Phishing.") == "It was stopped; it says why anew.\n"
    said(account=account.pk, why="All of it.")
    shown = as_member(rita).get(page).content.decode()
    assert "Stopped by the operator: Phishing." in shown, "the link's own reason first"
    listed = said()
    assert f"Account {account.pk}, every link, since " in listed
    assert f"Account {account.pk}, campaign {campaign.pk}, link 1, since " in listed
    said(campaign.pk, 1, undo=True)
    assert "Stopped by the operator: All of it." in as_member(rita).get(page).content.decode()
    said(account=account.pk, undo=True)
    assert "Stopped by the operator" not in as_member(rita).get(page).content.decode()
    assert said() == "Nothing is stopped.\n"


def test_the_owners_are_told_once_what_was_stopped_and_why(
    acme: Account, olga: Member, emil: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailed: list[dict[str, str]] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, kwargs, queue: mailed.append(kwargs))
    with use_account(acme):
        campaign, _ = make_sent_campaign(acme, people=1)
    for why in (WHY, "Phishing & more."):
        said(campaign.pk, 1, why=why)
    (mail,) = mailed
    assert mail["to"] == olga.user.email
    assert mail["subject"] == f"A link in “{campaign.name}” is stopped"
    page = reverse("tracking:statistics", args=[acme.pk, campaign.pk])
    for words in ("stopped link 1 in", f"Why: {WHY}", page):
        assert words in mail["text"]
    said(account=acme.pk, why="All of <it>.")
    assert "every link in mails of Acme Bikes" in mailed[1]["text"]
    assert "Why: All of <it>." in mailed[1]["text"]
    said(account=acme.pk, undo=True)
    assert len(mailed) == 2


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((1,), {"why": WHY}, "Name a campaign and the number"),
        ((1, 1), {"why": WHY, "account": 1}, "Name a campaign and the number"),
        ((1, 1), {"why": " "}, "Say --why"),
        ((2147483647, 1), {"why": WHY}, "no such campaign"),
        ((), {"why": WHY, "account": 2147483647}, "no such account"),
        ((), {"undo": True, "account": 1}, "was not stopped"),
    ],
)
def test_what_the_operator_mistyped_is_said_and_stops_nothing(
    arguments: tuple[int, ...], options: dict[str, Any], message: str, sent: Sent
) -> None:
    with pytest.raises(CommandError, match=message):
        said(*arguments, **options)
    with pytest.raises(CommandError, match="has no link 9"):
        said(sent[1].pk, 9, why=WHY)
    assert said() == "Nothing is stopped.\n"
