"""Waiting for consent: answers, the end of the wait, states of the campaign, joiners."""

from datetime import timedelta

from django.utils import timezone

from campaigns.launching.advancing import advance, to_tend
from campaigns.launching.joining import join
from campaigns.launching.waiting import close_waits
from campaigns.models import Campaign, Chunk, DueRecipient, Recipient
from campaigns.recipients import moving
from campaigns.recipients.moving import Became, Change
from campaigns.sending import due, leasing
from consent.models import ConsentRequest
from consent.signals import standing_changed
from marketing.models import Account, Contact, Member
from marketing.tenancy import use_account
from tests.campaigns.launching_making import (
    assert_sums_hold,
    give_standing,
    launched,
    make_draft,
    make_people,
    states,
)


def answer(contact: Contact, change: str, reason: str) -> None:
    """What the ledger tells inside its transaction."""
    with use_account(contact.account_id):
        standing_changed.send(
            sender=None,
            account_id=contact.account_id,
            address_hashes=[bytes(contact.address_hash)],
            change=change,
            reason=reason,
            at=timezone.now(),
        )


def state_of(campaign: Campaign) -> str:
    with use_account(campaign.account_id):
        found: str = Campaign.objects.for_account(campaign.account_id).get(pk=campaign.pk).state
    return found


def asked(campaign: Campaign) -> None:
    """The requests left: their chunks are done."""
    with use_account(campaign.account_id):
        chunks = Chunk.objects.for_account(campaign.account_id).filter(kind="request")
        chunks.update(done_at=timezone.now())
        requests = ConsentRequest.objects.for_account(campaign.account_id)
        requests.update(state="asked", asked_at=timezone.now())


def test_a_yes_queues_the_waiting_recipient_at_once(acme: Account, emil: Member) -> None:
    ana, _ = make_people(acme, 2)
    campaign = launched(make_draft(acme, emil, require_consent=True), emil)
    answer(ana, "agreed", "agreed")
    assert states(campaign)["p1"][0] == "queued"
    assert states(campaign)["p2"][0] == "pending_consent"
    assert assert_sums_hold(campaign) == {"queued": 1, "pending_consent": 1}
    with use_account(acme):
        (due,) = DueRecipient.objects.for_account(acme)
    assert (due.contact_id, due.why) == (ana.pk, "released")


def test_a_yes_releases_only_the_campaign_that_asked(acme: Account, emil: Member) -> None:
    (ana,) = make_people(acme, 1)
    first = launched(make_draft(acme, emil, name="A", require_consent=True), emil)
    second = launched(make_draft(acme, emil, name="B", require_consent=True), emil)
    answer(ana, "agreed", "agreed")
    assert states(first)["p1"][0] == "queued"
    assert states(second)["p1"] == ("never_sent", "asked_no_answer")


def test_no_leaving_and_suppression_close_with_their_reason(acme: Account, emil: Member) -> None:
    one, two, three = make_people(acme, 3)
    campaign = launched(make_draft(acme, emil, require_consent=True), emil)
    answer(one, "refused", "refused")
    answer(two, "left", "unsubscribed")
    answer(three, "suppressed", "suppressed_complaint")
    assert states(campaign) == {
        "p1": ("never_sent", "refused"),
        "p2": ("never_sent", "unsubscribed"),
        "p3": ("never_sent", "suppressed_complaint"),
    }
    assert assert_sums_hold(campaign) == {"never_sent": 3}


def test_who_leaves_while_queued_is_never_sent(acme: Account, emil: Member) -> None:
    ana, _ = make_people(acme, 2)
    campaign = launched(make_draft(acme, emil), emil)
    answer(ana, "left", "unsubscribed")
    assert states(campaign)["p1"] == ("never_sent", "unsubscribed")
    assert assert_sums_hold(campaign) == {"queued": 1, "never_sent": 1}


def test_a_paused_campaign_still_takes_answers(acme: Account, emil: Member) -> None:
    (ana,) = make_people(acme, 1)
    campaign = launched(make_draft(acme, emil, require_consent=True), emil)
    with use_account(acme):
        Campaign.objects.for_account(acme).update(state="paused", state_before_pause="sending")
    answer(ana, "agreed", "agreed")
    assert states(campaign)["p1"][0] == "queued"


def test_the_wait_ends_as_no_answer_in_time(acme: Account, emil: Member) -> None:
    ana, _ = make_people(acme, 2)
    campaign = launched(make_draft(acme, emil, require_consent=True, waiting_days=7), emil)
    asked(campaign)
    answer(ana, "agreed", "agreed")
    soon, later = (timezone.now() + timedelta(days=days) for days in (6, 8))
    assert [each.activity for each in to_tend(now=soon)] == []
    assert close_waits(acme.pk, campaign.pk, now=soon) == 0
    assert [each.activity for each in to_tend(now=later)] == ["close_waits"]
    assert close_waits(acme.pk, campaign.pk, now=later) == 1
    assert close_waits(acme.pk, campaign.pk, now=later) == 0
    assert states(campaign)["p2"] == ("never_sent", "no_answer_in_time")
    assert assert_sums_hold(campaign) == {"queued": 1, "never_sent": 1}


def test_a_finished_campaign_goes_on_when_a_member_sends_again(acme: Account, emil: Member) -> None:
    (ana,) = make_people(acme, 1)
    campaign = launched(make_draft(acme, emil, require_consent=False), emil)
    chunk = leasing.lease_chunk(acme.pk)
    assert chunk is not None
    moving.mark(chunk.fence, [Change(contact_id=ana.pk, became=Became.UNKNOWN)])
    leasing.release(chunk, done=True)
    advance()
    assert state_of(campaign) == "finished"
    key = [(campaign.pk, ana.pk)]
    assert moving.settle(acme.pk, key, as_sent=False, member_id=emil.pk) == 1
    advance()
    assert state_of(campaign) == "sending"
    assert [waiting.campaign_id for waiting in due.waiting()] == [campaign.pk]
    moving.close(acme.pk, key, reason="unsubscribed")
    advance()
    assert state_of(campaign) == "finished"


def test_a_campaign_waits_then_finishes_by_its_counts(acme: Account, emil: Member) -> None:
    (ana,) = make_people(acme, 1)
    campaign = launched(make_draft(acme, emil, require_consent=True), emil)
    advance()
    assert state_of(campaign) == "sending"  # the request has not left yet
    asked(campaign)
    advance()
    assert state_of(campaign) == "waiting"
    answer(ana, "agreed", "agreed")
    advance()
    assert state_of(campaign) == "sending"
    answer(ana, "left", "unsubscribed")
    advance()
    assert state_of(campaign) == "finished"
    with use_account(acme):
        lines = list(
            campaign.events.for_account(acme).order_by("id").values_list("text", flat=True)
        )
    assert lines[-2:] == [
        "Nobody is queued. 1 person has not answered",
        "Finished. 0 mails were accepted",
    ]


def test_advance_leaves_other_accounts_campaigns_alone(
    acme: Account, emil: Member, velo: Account, rolf: Member
) -> None:
    make_people(velo, 1, country="FR")
    launched(make_draft(acme, emil), emil)
    french = launched(make_draft(velo, rolf), rolf)
    advance()
    assert state_of(french) == "sending"


def test_keep_sending_asks_whoever_joins_once(acme: Account, emil: Member) -> None:
    make_people(acme, 1)
    until = (timezone.now() + timedelta(days=30)).date()
    campaign = launched(
        make_draft(acme, emil, require_consent=True, keep_sending=True, keep_sending_until=until),
        emil,
    )
    asked(campaign)
    assert to_tend() == []
    later = timezone.now() + timedelta(minutes=11)
    assert [due.activity for due in to_tend(now=later)] == ["join"]
    make_people(acme, 2)
    assert join(acme.pk, campaign.pk) == 2
    assert join(acme.pk, campaign.pk) == 0
    assert set(states(campaign)) == {"p1", "p2", "p3"}
    assert assert_sums_hold(campaign) == {"pending_consent": 3}
    assert state_of(campaign) == "sending"
    with use_account(acme):
        assert ConsentRequest.objects.for_account(acme).count() == 3
        numbers = Chunk.objects.for_account(acme).filter(kind="mail").order_by("number")
        assert list(numbers.values_list("number", flat=True)) == [0, 1]
        waits = Recipient.objects.for_account(acme).values_list("wait_until", flat=True)
        assert all(waits)


def test_a_joiner_who_agreed_elsewhere_gets_it_without_being_asked(
    acme: Account, emil: Member
) -> None:
    until = (timezone.now() + timedelta(days=30)).date()
    campaign = launched(
        make_draft(acme, emil, require_consent=True, keep_sending=True, keep_sending_until=until),
        emil,
    )
    (joiner,) = make_people(acme, 1)
    give_standing(joiner, newsletter="agreed")
    join(acme.pk, campaign.pk)
    assert states(campaign) == {"p1": ("queued", "agreed")}


def test_it_waits_for_joiners_until_its_day_then_finishes(acme: Account, emil: Member) -> None:
    until = (timezone.now() + timedelta(days=3)).date()
    campaign = launched(make_draft(acme, emil, keep_sending=True, keep_sending_until=until), emil)
    advance()
    assert state_of(campaign) == "waiting"
    advance(now=timezone.now() + timedelta(days=5))
    assert state_of(campaign) == "finished"


def test_deleted_and_added_again_nobody_is_asked_twice(acme: Account, emil: Member) -> None:
    (ana,) = make_people(acme, 1)
    first = launched(make_draft(acme, emil, name="A", require_consent=True), emil)
    with use_account(acme):
        Contact.objects.for_account(acme).filter(pk=ana.pk).delete()
    make_people(acme, 1)
    second = launched(make_draft(acme, emil, name="B", require_consent=True), emil)
    assert states(first)["p1"][0] == "pending_consent"
    assert states(second)["p1"] == ("never_sent", "asked_no_answer")
    with use_account(acme):
        assert ConsentRequest.objects.for_account(acme).count() == 1
