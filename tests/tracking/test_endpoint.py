"""Pixel and link over real HTTP: granian, PostgreSQL, the role assent_tracking."""

import pytest

from campaigns.models import Campaign
from marketing.models import Account, Contact, Standing
from marketing.tenancy import use_account
from tests.making import make_account
from tests.tracking.conftest import TARGET
from tests.tracking.serving import fetch, tokens, wait_until_nothing_waits
from tracking.endpoint.answers import GIF
from tracking.models import TrackingEvent

pytestmark = pytest.mark.django_db(transaction=True)


def token_of(sent: tuple[Account, Campaign, Contact]) -> str:
    account, campaign, contact = sent
    return tokens.make("track", account.pk, campaign.pk, contact.pk)


def events(account: Account) -> list[tuple[str, int]]:
    """What is stored; what came while the machine stood still arrives by way of Redis."""
    wait_until_nothing_waits()
    with use_account(account):
        return list(
            TrackingEvent.objects.for_account(account).order_by("id").values_list("kind", "number")
        )


def test_a_picture_and_a_link_are_stored_before_the_answer(endpoint: str, sent) -> None:
    token = token_of(sent)
    status, body, headers = fetch(f"{endpoint}/pixel/{token}.gif")
    assert (status, body, headers["content-type"]) == (200, GIF, "image/gif")
    assert "set-cookie" not in headers
    assert events(sent[0]) == [("open", 0)]
    status, _, headers = fetch(f"{endpoint}/link/{token}/1")
    assert (status, headers["location"]) == (302, TARGET)
    assert events(sent[0]) == [("open", 0), ("click", 1)]


def test_a_withdrawal_stops_recording_for_mail_already_sent(endpoint: str, sent) -> None:
    account, _, contact = sent
    with use_account(account):
        Standing.objects.create(account=account, address_hash=contact.address_hash, tracking="no")
    token = token_of(sent)
    assert fetch(f"{endpoint}/pixel/{token}.gif")[1] == GIF
    assert fetch(f"{endpoint}/link/{token}/1")[2]["location"] == TARGET
    assert events(account) == []


def test_the_account_switch_stops_recording_too(endpoint: str, sent) -> None:
    Account.objects.filter(pk=sent[0].pk).update(tracking=False)
    assert fetch(f"{endpoint}/link/{token_of(sent)}/1")[0] == 302
    assert events(sent[0]) == []


def test_reads_only_and_clicks_only_are_two_switches(endpoint: str, sent) -> None:
    account, campaign, _ = sent
    with use_account(account):
        Campaign.objects.for_account(account).filter(pk=campaign.pk).update(track_opens=False)
    token = token_of(sent)
    fetch(f"{endpoint}/pixel/{token}.gif")
    fetch(f"{endpoint}/link/{token}/1")
    assert events(account) == [("click", 1)]


def test_heads_objections_and_odd_methods_are_not_recorded(endpoint: str, sent) -> None:
    token = token_of(sent)
    assert fetch(f"{endpoint}/pixel/{token}.gif", "HEAD")[0] == 200
    assert fetch(f"{endpoint}/link/{token}/1", "HEAD")[0] == 302
    assert fetch(f"{endpoint}/link/{token}/1", **{"Sec-GPC": "1"})[0] == 302
    assert fetch(f"{endpoint}/link/{token}/1", "OPTIONS")[0] == 405
    assert events(sent[0]) == []


def test_made_up_tokens_get_the_same_plain_answers(endpoint: str, sent) -> None:
    token = token_of(sent)
    other = make_account("Vélo Lyon", country="FR")
    foreign = tokens.make("track", other.pk, sent[1].pk, sent[2].pk)
    spoiled = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert {fetch(f"{endpoint}/pixel/{t}.gif")[1] for t in (spoiled, foreign, "x" * 30)} == {GIF}
    pages = [fetch(f"{endpoint}/link/{t}/1") for t in (spoiled, foreign, "x" * 30)]
    pages.append(fetch(f"{endpoint}/link/{token}/99"))
    assert {status for status, _, _ in pages} == {404}
    assert len({body for _, body, _ in pages}) == 1
    assert events(sent[0]) == []
