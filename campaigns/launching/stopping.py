"""Pause, resume, stop, back to draft: guarded updates, each with its line in "What happened"."""

from django.db.models import F, Q
from django.utils import timezone

from campaigns.launching.happening import happened
from campaigns.launching.progress import people, progress_of
from campaigns.models import Campaign, Chunk, DueRecipient
from campaigns.sending.rates.brakes import why_held
from consent.asking import requests
from marketing.accounts import auditing
from marketing.models import Member
from marketing.tenancy import use_account

State = Campaign.State
_GOING = (State.PREPARING, State.SENDING, State.WAITING)


class Held(Exception):
    """A brake is on; the text says why, for people."""


def pause(campaign: Campaign, *, by: Member) -> bool:
    """Hold everything unsent; answers are still taken. False if it was not running."""
    text = f"Paused by {by.user.display_name}"
    with use_account(campaign.account_id):
        changed = (
            Campaign.objects.for_account(campaign.account_id)
            .filter(pk=campaign.pk, state__in=_GOING)
            .update(state=State.PAUSED, state_before_pause=F("state"), paused_why=text)
        )
        if changed:
            _tell(campaign, "paused", text, by=by)
    return bool(changed)


def resume(campaign: Campaign, *, by: Member) -> bool:
    """Go on where it was paused. False if it is not paused, or was paused before its launch.

    Raises Held while a brake keeps the account, or the sender's domain, from sending.
    """
    with use_account(campaign.account_id):
        why = why_held(campaign.account_id, campaign.sender.address if campaign.sender else "")
        if why:
            raise Held(why)
        changed = (
            Campaign.objects.for_account(campaign.account_id)
            .filter(pk=campaign.pk, state=State.PAUSED, state_before_pause__in=_GOING)
            .update(state=F("state_before_pause"), state_before_pause="", paused_why="")
        )
        if changed:
            _tell(campaign, "resumed", f"Resumed by {by.user.display_name}", by=by)
    return bool(changed)


def back_to_draft(campaign: Campaign, *, by: Member) -> bool:
    """Take a schedule back, or a campaign that its checks held at the hour."""
    held = Q(state=State.PAUSED, state_before_pause=State.SCHEDULED)
    with use_account(campaign.account_id):
        changed = (
            Campaign.objects.for_account(campaign.account_id)
            .filter(Q(state=State.SCHEDULED) | held, pk=campaign.pk)
            .update(state=State.DRAFT, state_before_pause="", paused_why="", scheduled_at=None)
        )
        if changed:
            _tell(campaign, "drafted", f"Back to draft by {by.user.display_name}", by=by)
    return bool(changed)


def stop(campaign: Campaign, *, by: Member) -> bool:
    """End it for good: who was queued or pending shows as Stopped, open requests are taken back."""
    with use_account(campaign.account_id):
        now = timezone.now()
        changed = (
            Campaign.objects.for_account(campaign.account_id)
            .filter(pk=campaign.pk, state__in=[*_GOING, State.PAUSED])
            .update(state=State.STOPPED, paused_why="", finished_at=now)
        )
        if changed:
            requests.take_back(campaign.account_id, campaign.pk)
            # A chunk under lease is ended by its worker, which sees the stop within two seconds;
            # a dead worker's by the next, which writes down what its journal says.
            # Everywhere chunks are locked before due rows, and in the order of their ids.
            chunks = Chunk.objects.for_account(campaign.account_id)
            open_ids = (
                chunks.filter(worker="", campaign_id=campaign.pk, done_at__isnull=True)
                .select_for_update()
                .order_by("pk")
                .values_list("pk", flat=True)
            )
            chunks.filter(pk__in=list(open_ids)).update(done_at=now)
            due = DueRecipient.objects.for_account(campaign.account_id)
            due = due.filter(campaign_id=campaign.pk)
            list(due.select_for_update().order_by("contact_id").values_list("contact_id"))
            due.delete()
            campaign.state = State.STOPPED
            left = progress_of(campaign).stopped
            text = f"Stopped by {by.user.display_name}: {people(left)} will not get it"
            _tell(campaign, "stopped", text, by=by)
    return bool(changed)


def _tell(campaign: Campaign, what: str, text: str, *, by: Member) -> None:
    happened(campaign, what, text, by=by)
    auditing.record(by.account, by=by, act=f"campaign.{what}", subject=campaign.name)
