"""Preparing: every considered person has a row; killed and resumed, it makes the same rows."""

from itertools import pairwise
from typing import Any

import pytest

from campaigns.launching import preparing
from campaigns.launching.launch import launch
from campaigns.launching.preparing import Sizes, prepare, prepare_batch
from campaigns.models import Campaign, Chunk, Recipient
from consent.models import ConsentRequest
from marketing.models import Account, Contact, Member
from marketing.tenancy import use_account
from tests.campaigns.launching_making import (
    add_segment,
    assert_sums_hold,
    give_standing,
    launched,
    make_draft,
    make_people,
    rows_and_chunks,
    states,
)
from tests.making import make_segment

SMALL = Sizes(batch=4, chunk=2)


def test_every_considered_person_has_a_row_with_verdict_and_reason(
    acme: Account, emil: Member
) -> None:
    agreed, refused, silent, fresh = make_people(acme, 4)
    give_standing(agreed, newsletter="agreed")
    give_standing(refused, newsletter="refused")
    give_standing(silent, asked_at="2026-06-01T09:00:00Z", asked_campaign_id=7)
    campaign = launched(make_draft(acme, emil, require_consent=True), emil)
    assert campaign.state == Campaign.State.SENDING
    assert campaign.prepared_at is not None
    assert states(campaign) == {
        "p1": ("queued", "agreed"),
        "p2": ("never_sent", "refused"),
        "p3": ("never_sent", "asked_no_answer"),
        "p4": ("pending_consent", "asked_now"),
    }
    assert assert_sums_hold(campaign) == {"queued": 1, "pending_consent": 1, "never_sent": 2}
    with use_account(acme):
        (request,) = ConsentRequest.objects.for_account(acme)
        assert (request.contact_id, request.state) == (fresh.pk, "open")
        row = Recipient.objects.for_account(acme).get(contact_id=silent.pk)
        assert row.reason_campaign_id == 7


def test_chunks_are_contiguous_and_carry_the_counts(acme: Account, emil: Member) -> None:
    make_people(acme, 7)
    campaign = launched(make_draft(acme, emil, require_consent=True), emil, sizes=SMALL)
    _, chunks, requests = rows_and_chunks(campaign)
    mail = [chunk for chunk in chunks if chunk[0] == "mail"]
    asked = [chunk for chunk in chunks if chunk[0] == "request"]
    assert [chunk[4] for chunk in mail] == [2, 2, 2, 1]
    assert [chunk[1] for chunk in mail] == [0, 1, 2, 3]
    assert all(before[3] < after[2] for before, after in pairwise(mail))
    assert sum(chunk[4] for chunk in asked) == len(requests) == 7
    assert_sums_hold(campaign)


def test_a_chunk_without_anybody_to_send_to_is_done(acme: Account, emil: Member) -> None:
    make_people(acme, 1)
    campaign = launched(make_draft(acme, emil, require_consent=True), emil)
    with use_account(acme):
        mail, request = Chunk.objects.for_account(acme).order_by("kind")
    assert mail.campaign_id == campaign.pk
    assert mail.done_at is not None
    assert request.done_at is None


def test_killed_at_a_batch_boundary_and_resumed_it_makes_the_same_rows(
    acme: Account, emil: Member
) -> None:
    make_people(acme, 11)
    whole = launched(make_draft(acme, emil, name="Whole"), emil, sizes=SMALL)
    killed = make_draft(acme, emil, name="Killed")
    launch(killed, by=emil)
    assert prepare_batch(acme.pk, killed.pk, sizes=SMALL)
    with use_account(acme):
        killed.refresh_from_db()
    assert killed.state == Campaign.State.PREPARING
    assert killed.prepared_to is not None
    assert prepare(acme.pk, killed.pk, sizes=SMALL)
    assert rows_and_chunks(killed) == rows_and_chunks(whole)


def test_killed_inside_a_batch_nothing_of_it_stays(
    acme: Account, emil: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_people(acme, 6)
    whole = launched(make_draft(acme, emil, name="Whole"), emil, sizes=SMALL)
    killed = make_draft(acme, emil, name="Killed")
    launch(killed, by=emil)
    prepare_batch(acme.pk, killed.pk, sizes=SMALL)
    before = rows_and_chunks(killed)
    # The connection dies between the recipients and their chunks.
    monkeypatch.setattr(preparing, "_MAIL_CHUNKS", "SELECT 1 / 0")
    with pytest.raises(Exception, match="division by zero"):
        prepare_batch(acme.pk, killed.pk, sizes=SMALL)
    monkeypatch.undo()
    assert rows_and_chunks(killed) == before
    prepare(acme.pk, killed.pk, sizes=SMALL)
    assert rows_and_chunks(killed) == rows_and_chunks(whole)


def test_preparing_again_changes_nothing(acme: Account, emil: Member) -> None:
    make_people(acme, 3)
    campaign = launched(make_draft(acme, emil, require_consent=True), emil)
    before = rows_and_chunks(campaign)
    prepare(acme.pk, campaign.pk)
    assert rows_and_chunks(campaign) == before


def test_who_asks_second_finds_the_person_asked_before(acme: Account, emil: Member) -> None:
    make_people(acme, 1)
    first, second = (make_draft(acme, emil, name=name, require_consent=True) for name in "AB")
    launched(first, emil)
    launched(second, emil)
    assert states(first) == {"p1": ("pending_consent", "asked_now")}
    assert states(second) == {"p1": ("never_sent", "asked_no_answer")}
    with use_account(acme):
        row = Recipient.objects.for_account(acme).get(campaign_id=second.pk)
        assert row.reason_campaign_id == first.pk
        assert ConsentRequest.objects.for_account(acme).count() == 1


def test_segments_left_out_are_not_considered(acme: Account, emil: Member) -> None:
    _, german = make_people(acme, 1)[0], make_people(acme, 1, country="DE")[0]
    campaign = make_draft(acme, emil)
    with use_account(acme):
        rules = [{"field": "country", "operator": "is", "value": "DE"}]
        segment = make_segment(acme, "Germans", kind="rules", rules=rules)
        add_segment(campaign, segment, "out")
    assert set(states(launched(campaign, emil))) == {"p1"}
    assert german.pk


def test_a_rule_with_percent_signs_reaches_the_database_as_written(
    acme: Account, emil: Member
) -> None:
    make_people(acme, 1, first_name="100%s Ana")
    make_people(acme, 1, first_name="Bo")
    campaign = make_draft(acme, emil)
    with use_account(acme):
        campaign.segment_rows.for_account(acme).delete()
        rules = [{"field": "first_name", "operator": "contains", "value": "100%s"}]
        add_segment(campaign, make_segment(acme, "Odd", kind="rules", rules=rules))
    assert set(states(launched(campaign, emil))) == {"p1"}


def test_nobody_in_the_segments_ends_as_a_campaign_without_rows(
    acme: Account, emil: Member
) -> None:
    campaign = launched(make_draft(acme, emil), emil)
    assert campaign.state == Campaign.State.SENDING
    assert rows_and_chunks(campaign) == ([], [], [])


def test_a_german_contact_of_a_us_account_is_asked_first(acme: Account, emil: Member) -> None:
    make_people(acme, 1)
    make_people(acme, 1, country="DE")
    campaign = launched(make_draft(acme, emil, require_consent=False), emil)
    assert states(campaign) == {
        "p1": ("queued", "no_consent_needed"),
        "p2": ("pending_consent", "asked_now"),
    }


def test_paused_while_preparing_it_ends_after_the_batch(
    acme: Account, emil: Member, ana: Contact, client: Any
) -> None:
    campaign = make_draft(acme, emil)
    launch(campaign, by=emil)
    with use_account(acme):
        Campaign.objects.for_account(acme).filter(pk=campaign.pk).update(state="paused")
    assert not prepare(acme.pk, campaign.pk)
    assert states(campaign) == {}
