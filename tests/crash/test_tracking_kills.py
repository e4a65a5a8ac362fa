"""Readers go on while processes and servers of tracking are killed: every answered event is kept.

An answered attempt is stored exactly once, an unanswered one at most once, and every redirect
leads where it should, whatever died meanwhile.
"""

import signal
from collections import Counter as Tally
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from campaigns.models import Campaign, CampaignTotals, Counter, Engagement, LinkClick
from marketing.models import Account, Contact
from marketing.tenancy import use_account
from marketing.tokens import Tokens
from tests.crash.far_side import FarSide, healthy, until
from tests.crash.reading import Readers, Reading, attempt_of
from tests.making import make_account
from tests.tracking.making import make_sent_campaign
from tracking.endpoint.backlog import redis_url_of, waiting_in
from tracking.folding.working import accounts_to_fold
from tracking.models import TrackingEvent

pytestmark = pytest.mark.crash

PEOPLE = 200
REQUESTS = 6000
tokens = Tokens.from_setting(settings.TOKEN_KEY)
Sent = tuple[Account, Campaign, list[Contact]]


@pytest.fixture(scope="module")
def side(tmp_path_factory: Any, django_db_blocker: Any) -> Iterator[FarSide]:
    running = FarSide(tmp_path_factory.mktemp("far"))
    try:
        running.migrate()
        with django_db_blocker.unblock(), running.in_use():
            yield running
    finally:
        running.end()


@pytest.fixture
def sent(side: FarSide) -> Sent:
    side.mend()
    connection.close()
    account = make_account("Acme Bikes", country="US")
    with use_account(account):
        campaign, people = make_sent_campaign(account, people=PEOPLE)
    return account, campaign, people


def paths_of(sent: Sent) -> list[str]:
    """One picture, then two links, of one person after the other."""
    account, campaign, people = sent
    made = [tokens.make("track", account.pk, campaign.pk, person.pk) for person in people]
    kinds = ("/pixel/{}.gif", "/link/{}/1", "/link/{}/2")
    return [kinds[n % 3].format(made[n // 3 % PEOPLE]) for n in range(REQUESTS)]


def stored(account: Account) -> Tally[int]:
    """How often each attempt was stored."""
    with use_account(account):
        places = TrackingEvent.objects.for_account(account).values_list("ip", flat=True)
        return Tally(attempt_of(place) for place in places)


def check(side: FarSide, sent: Sent, reading: Reading) -> None:
    """Nobody was refused, nothing was lost, nothing doubled."""
    assert reading.given_up == []
    places = {place for status, place in reading.answers.values() if status == 302}
    assert places == {"https://shop.example/1", "https://shop.example/2"}
    assert Tally(status for status, _ in reading.answers.values()) == {
        200: REQUESTS // 3,
        302: REQUESTS // 3 * 2,
    }
    url = redis_url_of(side.valkey.url)

    def is_drained() -> bool:
        left = waiting_in(url)
        return left is not None and left.events == 0 and healthy(side.port)

    until(is_drained, what=lambda: f"still {waiting_in(url)}, healthy: {healthy(side.port)}")
    left = waiting_in(url)
    assert left is not None
    assert left.dropped == 0
    found = stored(sent[0])
    assert [n for n in reading.answers if found[n] != 1] == []
    assert {n for n in found if n not in reading.answers} <= reading.unanswered
    assert set(found.values()) == {1}


def test_killed_endpoints_and_folding_workers_lose_and_double_nothing(
    side: FarSide, sent: Sent
) -> None:
    with side.endpoint() as endpoint, side.folding() as folding:
        accidents = [
            (0.15, lambda: side.kill_endpoint_process(endpoint)),
            (0.25, folding.kill),
            (0.4, lambda: side.kill_endpoint_process(endpoint)),
            (0.5, folding.kill),
            (0.65, lambda: side.kill_endpoint_process(endpoint)),
            (0.8, folding.kill),
        ]
        reading = Readers(side.port, paths_of(sent), accidents).read()
        check(side, sent, reading)
        until(lambda: accounts_to_fold() == [], what="everything is folded")
    account, campaign, _ = sent
    with use_account(account):
        mine = {"campaign_id": campaign.pk}
        counted = Counter.objects.for_account(account).filter(**mine)
        assert sum(row.events for row in counted) == sum(stored_rows(account))
        rows = list(Engagement.objects.for_account(account).filter(**mine))
        assert sum(row.opens + row.opens_machine + row.opens_unknown for row in rows) == sum(
            row.events for row in counted if row.kind == "open"
        )
        totals = CampaignTotals.objects.for_account(account).get(**mine)
        assert totals.viewers == sum(row.opens > 0 for row in rows)
        assert totals.clickers == sum(row.clicks > 0 for row in rows)
        clicks = LinkClick.objects.for_account(account).filter(**mine)
        assert sum(row.clicks for row in clicks) == sum(
            row.events for row in counted if row.kind == "click"
        )


def stored_rows(account: Account) -> list[int]:
    """The events in the table, asked anew."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tracking_event WHERE account_id = %s", [account.pk])
        return [cursor.fetchone()[0]]


def test_postgresql_may_stop_and_start_under_the_readers(side: FarSide, sent: Sent) -> None:
    def stop(number: signal.Signals) -> Any:
        return lambda: side.stop("postgres", number)

    accidents = [
        (0.15, stop(signal.SIGINT)),
        (0.35, lambda: side.start("postgres")),
        (0.6, stop(signal.SIGQUIT)),  # as if it crashed
        (0.8, lambda: side.start("postgres")),
    ]
    with side.endpoint():
        reading = Readers(side.port, paths_of(sent), accidents).read()
        connection.close()
        check(side, sent, reading)


def test_redis_may_go_away_while_the_database_is_there(side: FarSide, sent: Sent) -> None:
    accidents = [
        (0.2, lambda: side.stop("redis", signal.SIGKILL)),
        (0.7, lambda: side.start("redis")),
    ]
    with side.endpoint():
        reading = Readers(side.port, paths_of(sent), accidents).read()
        check(side, sent, reading)
