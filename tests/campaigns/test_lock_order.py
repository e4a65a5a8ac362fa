"""Rows are locked in one order by everybody: nobody waits in a circle, see recipients/locking.

The row that comes first is held here; who waits for it must not hold a later one meanwhile. It was
also written last, and no index is used: the order of the table is not the order of the locks.
"""

import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from campaigns.launching.advancing import advance
from campaigns.launching.stopping import stop
from campaigns.models import Campaign, Chunk, DueRecipient
from campaigns.recipients import moving
from campaigns.sending import due, leasing, workers
from campaigns.sending.due import Due
from campaigns.sending.rates import days
from consent.ledger.recording import lock
from marketing.models import Account, Contact, Member
from marketing.tenancy import use_account
from tests.campaigns.sending_making import make_people, make_planned, make_running
from tests.crash.far_side import until

PLANS = "SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_state(settings: Any, tmp_path: Path) -> None:
    settings.STATE_DIR = tmp_path


class Beside:
    """An act in a thread, with a connection of its own."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._act = act
        self._pid = 0
        self._faults: list[BaseException] = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def is_waiting(self) -> bool:
        """For a lock that somebody has."""
        with connection.cursor() as cursor:
            sql = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted)"
            cursor.execute(sql, [self._pid])
            return bool(cursor.fetchone()[0])

    @property
    def has_ended(self) -> bool:
        """It waited for nothing."""
        return not self._thread.is_alive()

    def end(self) -> None:
        """Wait for its end; raises what it raised."""
        self._thread.join(60)
        assert not self._thread.is_alive()
        for fault in self._faults:
            raise fault

    def _run(self) -> None:
        try:
            connection.ensure_connection()
            self._pid = connection.connection.info.backend_pid
            with connection.cursor() as cursor:
                cursor.execute(PLANS)
            self._act()
        except BaseException as fault:  # noqa: BLE001 - it is raised by `end`
            self._faults.append(fault)
        finally:
            connection.close()


def run(sql: str, account: Account) -> None:
    """Inside `use_account`; a row must be there."""
    with connection.cursor() as cursor:
        cursor.execute(sql, {"account": account.pk})
        assert cursor.rowcount


def keeps_the_order(
    account: Account, table: str, rows: tuple[str, str], act: Callable[[], object]
) -> None:
    """The act, which waits for the first of the rows, does not hold the second meanwhile."""
    first, later = (f"account_id = %(account)s AND {row}" for row in rows)
    column = "day" if table == "sending_day" else "lease_until"
    with use_account(account):
        run(f"UPDATE {table} SET {column} = {column} WHERE {first}", account)
    with use_account(account):
        run(f"SELECT 1 FROM {table} WHERE {first} FOR UPDATE", account)
        other = Beside(act)
        until(other.is_waiting, what="the act waits")
        run(f"SELECT 1 FROM {table} WHERE {later} FOR UPDATE NOWAIT", account)
    other.end()


def planned(account: Account, people: int = 2) -> tuple[Campaign, list[Contact]]:
    """A campaign with a chunk for each of two people, who are both due."""
    with use_account(account):
        campaign = make_running(account)
        contacts = make_people(account, people)
        make_planned(campaign, contacts, size=1)
        for contact in contacts:
            DueRecipient.objects.create(
                account_id=account.pk,
                campaign_id=campaign.pk,
                contact_id=contact.pk,
                due_at=timezone.now(),
                why="retry",
            )
    return campaign, contacts


def due_rows(contacts: list[Contact]) -> tuple[str, str]:
    return f"contact_id = {contacts[0].pk}", f"contact_id = {contacts[1].pk}"


def test_a_stop_takes_due_rows_in_their_order(acme: Account, emil: Member) -> None:
    campaign, contacts = planned(acme)
    with use_account(acme):  # not its chunks, which would be waited for first
        Chunk.objects.for_account(acme).update(done_at=timezone.now())
    keeps_the_order(acme, "due_recipient", due_rows(contacts), lambda: stop(campaign, by=emil))


def test_a_stop_takes_requests_back_when_nobody_marks_them(acme: Account, emil: Member) -> None:
    """Who marks requests has the ledger, and changes many of them in no order of their own."""
    campaign, _ = planned(acme)
    with use_account(acme):
        lock(acme.pk)
        other = Beside(lambda: stop(campaign, by=emil))
        until(other.is_waiting, what="the stop waits", seconds=20)
    other.end()


def test_who_closes_people_takes_their_due_rows_in_their_order(acme: Account) -> None:
    campaign, contacts = planned(acme)
    keys = [(campaign.pk, contact.pk) for contact in contacts]
    keeps_the_order(
        acme,
        "due_recipient",
        due_rows(contacts),
        lambda: moving.close(acme.pk, keys, reason="unsubscribed"),
    )


def test_a_campaign_that_people_are_just_joining_is_not_called_finished(acme: Account) -> None:
    with use_account(acme):
        campaign = make_running(acme)
        make_planned(campaign, make_people(acme, 1), verdict=3)
    with use_account(acme):
        run(
            f"SELECT 1 FROM campaign WHERE account_id = %(account)s AND id = {campaign.pk}"
            " FOR UPDATE",
            acme,
        )
        make_planned(campaign, make_people(acme, 1, start=2))
        other = Beside(advance)
        until(lambda: other.is_waiting() or other.has_ended, what="it waits, or leaves it")
    other.end()
    with use_account(acme):
        campaign.refresh_from_db()
    assert campaign.state == "sending"


def test_the_reaper_takes_chunks_in_their_order(acme: Account) -> None:
    campaign, _ = planned(acme)
    dead = f"{workers._HOST}.0-1"
    (workers.folder("workers") / dead).touch()
    with use_account(acme):
        chunks = Chunk.objects.for_account(acme).filter(campaign_id=campaign.pk).order_by("pk")
        chunks.update(worker=dead, lease_until=timezone.now())
        low, high = chunks.values_list("pk", flat=True)
    keeps_the_order(acme, "chunk", (f"id = {low}", f"id = {high}"), leasing.reap)
    with use_account(acme):
        assert not chunks.exclude(lease_until=None).exists()


def test_numbers_of_a_day_are_given_back_in_the_order_in_which_they_are_taken(
    acme: Account,
) -> None:
    day = date(2026, 3, 2)
    numbers = {("sender", "news@acme.test"): 10, ("domain", "acme.test"): 10}
    days.take(acme.pk, day, numbers, wanted=5, is_request=True)
    rows = ("scope = 'domain'", "scope = 'sender'")
    keeps_the_order(
        acme,
        "sending_day",
        rows,
        lambda: days.give_back(acme.pk, day, list(numbers), unused=2),
    )
    assert days.taken_on(acme.pk, day) == dict.fromkeys(numbers, 3)


def test_who_gives_due_rows_back_waits_for_nobody(acme: Account) -> None:
    campaign, contacts = planned(acme)
    lease = due.lease_due(Due("mail", acme.pk, campaign.pk))
    assert lease is not None
    with use_account(acme):
        run(
            "SELECT 1 FROM due_recipient WHERE account_id = %(account)s"
            f" AND contact_id = {contacts[0].pk} FOR UPDATE",
            acme,
        )
        Beside(lambda: due.release_due(lease)).end()
        left = DueRecipient.objects.for_account(acme).exclude(lease_until=None)
        assert [row.contact_id for row in left] == [contacts[0].pk]
