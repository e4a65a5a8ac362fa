"""Recipients change state together with the counters of their chunks."""

import pytest

from campaigns.models import Chunk, DueRecipient, Recipient
from campaigns.recipients import moving
from campaigns.recipients.moving import Became, Change, Fence, LeaseLost
from marketing.models import Account
from marketing.tenancy import use_account
from tests.campaigns.sending_making import counts, make_people, make_planned, make_running


def test_outcomes_are_counted_where_the_recipient_is_counted(acme: Account) -> None:
    with use_account(acme):
        campaign = make_running(acme)
        people = make_people(acme, 6)
        chunk = make_planned(campaign, people)[0]
    became = [Became.SENT, Became.FAILED, Became.UNKNOWN, Became.CLOSED, Became.ASKED]
    changes = [
        Change(contact_id=person.pk, became=what, reply="250 ok", reason="unsubscribed")
        for person, what in zip(people, became, strict=False)
    ]
    fence = Fence(account_id=acme.pk, campaign_id=campaign.pk, chunk_id=chunk.pk, generation=0)
    assert moving.mark(fence, changes) == 5
    assert counts(campaign) == {
        "sent": 1, "failed": 1, "unknown": 1, "never": 1, "pending": 1, "queued": 1,
    }  # fmt: skip
    assert moving.mark(fence, changes) == 0, "an outcome is written once"


def test_a_late_worker_writes_nothing(acme: Account) -> None:
    with use_account(acme):
        campaign = make_running(acme)
        people = make_people(acme, 1)
        chunk = make_planned(campaign, people)[0]
        Chunk.objects.for_account(acme).update(generation=4)
    fence = Fence(account_id=acme.pk, campaign_id=campaign.pk, chunk_id=chunk.pk, generation=3)
    with pytest.raises(LeaseLost):
        moving.mark(fence, [Change(contact_id=people[0].pk, became=Became.SENT)])
    assert counts(campaign) == {"queued": 1}


def test_released_people_are_due_and_closed_ones_are_not(acme: Account) -> None:
    with use_account(acme):
        campaign = make_running(acme)
        people = make_people(acme, 3)
        make_planned(campaign, people, verdict=2, size=2)
    keys = [(campaign.pk, person.pk) for person in people]
    assert moving.release(acme.pk, keys[:2]) == 2
    assert moving.release(acme.pk, keys[:2]) == 0
    assert counts(campaign) == {"queued": 2, "pending": 1}
    assert moving.close(acme.pk, keys[1:], reason="unsubscribed") == 2
    assert counts(campaign) == {"queued": 1, "never": 2}
    with use_account(acme):
        due = DueRecipient.objects.for_account(acme).get()
        assert (due.contact_id, due.why) == (people[0].pk, "released")


def test_mail_accepted_after_the_person_left_counts_as_sent(acme: Account) -> None:
    with use_account(acme):
        campaign = make_running(acme)
        people = make_people(acme, 1)
        chunk = make_planned(campaign, people)[0]
    moving.close(acme.pk, [(campaign.pk, people[0].pk)], reason="unsubscribed")
    fence = Fence(account_id=acme.pk, campaign_id=campaign.pk, chunk_id=chunk.pk, generation=0)
    moving.mark(fence, [Change(contact_id=people[0].pk, became=Became.SENT)])
    assert counts(campaign) == {"sent": 1}


def test_outcome_unknown_is_settled_by_a_member(acme: Account) -> None:
    with use_account(acme):
        campaign = make_running(acme)
        people = make_people(acme, 2)
        chunk = make_planned(campaign, people)[0]
    fence = Fence(account_id=acme.pk, campaign_id=campaign.pk, chunk_id=chunk.pk, generation=0)
    unknown = [Change(contact_id=person.pk, became=Became.UNKNOWN) for person in people]
    moving.mark(fence, unknown)
    moving.settle(acme.pk, [(campaign.pk, people[0].pk)], as_sent=True, member_id=7)
    moving.settle(acme.pk, [(campaign.pk, people[1].pk)], as_sent=False, member_id=7)
    assert counts(campaign) == {"sent": 1, "queued": 1}
    with use_account(acme):
        row = Recipient.objects.for_account(acme).get(contact_id=people[1].pk)
        assert (row.settled_by_id, row.attempts) == (7, 1)
        assert DueRecipient.objects.for_account(acme).get().why == "again"


def test_all_unknown_outcomes_are_settled_at_once(acme: Account) -> None:
    with use_account(acme):
        campaign = make_running(acme)
        people = make_people(acme, 3)
        chunk = make_planned(campaign, people)[0]
    fence = Fence(account_id=acme.pk, campaign_id=campaign.pk, chunk_id=chunk.pk, generation=0)
    moving.mark(fence, [Change(contact_id=p.pk, became=Became.UNKNOWN) for p in people[:2]])
    assert moving.settle_all(acme.pk, campaign.pk, as_sent=True, member_id=7) == 2
    assert counts(campaign) == {"sent": 2, "queued": 1}


def test_a_reply_about_somebody_erased_meanwhile_keeps_its_code_only(acme: Account) -> None:
    with use_account(acme):
        campaign = make_running(acme)
        people = make_people(acme, 4)
        chunk = make_planned(campaign, people)[0]
        rows = Recipient.objects.for_account(acme)
        rows.exclude(contact_id=people[3].pk).update(address="")
    replies = ("250 2.0.0 ok ana@", "550 5.1.1 <ana@", "ana@", "550 5.1.1 <eve@")
    became = (Became.SENT, Became.FAILED, Became.FAILED, Became.FAILED)
    changes = [
        Change(contact_id=person.pk, became=what, reply=reply)
        for person, what, reply in zip(people, became, replies, strict=True)
    ]
    fence = Fence(account_id=acme.pk, campaign_id=campaign.pk, chunk_id=chunk.pk, generation=0)
    moving.mark(fence, changes)
    with use_account(acme):
        kept = list(rows.order_by("contact_id").values_list("reply", flat=True))
    assert kept == ["250 2.0.0 (erased)", "550 5.1.1 (erased)", "(erased)", "550 5.1.1 <eve@"]
