"""Runs a campaign in the past: launch, prepare, ask, answer, send, close, finish.

Every count is made by the functions that count in earnest; only then are times set back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import connection
from django.utils import timezone

from campaigns.composing import blocks
from campaigns.composing.drafting import new_campaign, save, save_segments
from campaigns.launching.happening import happened
from campaigns.launching.launch import launch
from campaigns.launching.preparing import prepare
from campaigns.launching.progress import people, progress_of
from campaigns.launching.waiting import close_waits
from campaigns.models import Campaign, Chunk, DueRecipient, Recipient
from campaigns.recipients import moving
from campaigns.recipients.moving import Became, Change, Fence
from campaigns.sending.addressing import request_message_id
from consent.asking import marking
from consent.models import ConsentRequest
from marketing.models import Segment
from tracking.sampling.opening import Crew
from tracking.sampling.permitting import permitted

PART = 100  # mails noted at once
# What servers say when they will not take a mail.
REFUSALS = (
    "552 5.2.2 Mailbox full",
    "550 5.7.1 Message refused by the policy of this domain",
    "550 5.1.1 No such user here",
    "554 5.4.14 Hop count exceeded, possible mail loop",
)

_BACK = (
    "UPDATE campaign SET created_at = created_at - %(by)s, launched_at = launched_at - %(by)s,"
    " prepared_at = prepared_at - %(by)s, joiners_looked_at = joiners_looked_at - %(by)s"
    " WHERE account_id = %(account)s AND id = %(campaign)s",
    "UPDATE campaign_event SET at = at - %(by)s"
    " WHERE account_id = %(account)s AND campaign_id = %(campaign)s",
    "UPDATE recipient SET prepared_at = prepared_at - %(by)s, wait_until = wait_until - %(by)s"
    " WHERE account_id = %(account)s AND campaign_id = %(campaign)s",
    "UPDATE chunk SET done_at = done_at - %(by)s"
    " WHERE account_id = %(account)s AND campaign_id = %(campaign)s",
    "UPDATE consent_request SET made_at = made_at - %(by)s, wait_until = wait_until - %(by)s"
    " WHERE account_id = %(account)s AND campaign_id = %(campaign)s",
    "UPDATE audit_line SET at = at - %(by)s"
    " WHERE account_id = %(account)s AND act = 'campaign.launched' AND subject = %(name)s",
)

_ACT_BACK = (
    "UPDATE campaign_event SET at = %(at)s"
    " WHERE account_id = %(account)s AND campaign_id = %(campaign)s AND what = %(what)s",
    "UPDATE audit_line SET at = %(at)s"
    " WHERE account_id = %(account)s AND act = %(act)s AND subject = %(name)s",
    "UPDATE campaign SET finished_at = %(at)s"
    " WHERE account_id = %(account)s AND id = %(campaign)s AND finished_at IS NOT NULL",
)


@dataclass(frozen=True)
class Letter:
    """What a sample campaign says."""

    name: str
    subject: str
    preheader: str
    heading: str
    text: str
    buttons: Sequence[tuple[str, str]] = ()
    language: str = "en"


@dataclass
class Run:
    """A launched campaign, when it was launched, and its own source of chance."""

    crew: Crew
    campaign: Campaign
    at: datetime
    chance: Random
    replies: int = field(default=0)

    @property
    def account_id(self) -> int:
        """Whose campaign it is."""
        return self.crew.account.pk

    def sent_contacts(self) -> list[int]:
        """Whom the mail reached."""
        got = Recipient.objects.for_account(self.account_id).filter(
            campaign_id=self.campaign.pk, sent_at__isnull=False, trouble=None
        )
        return list(got.values_list("contact_id", flat=True))

    def reply(self) -> str:
        """What an invented server says on acceptance."""
        self.replies += 1
        return f"250 2.0.0 Ok: queued as {self.chance.getrandbits(40):010X}{self.replies}"


def draft(crew: Crew, letter: Letter, *, segments: Sequence[Segment], asks: bool) -> Campaign:
    """Write a campaign as the editor; call inside `use_account`."""
    campaign = new_campaign(crew.account, by=crew.members["owner"], name=letter.name)
    document = blocks.add(blocks.Document(), "heading", props={"text": letter.heading})
    document = blocks.add(document, "text", props={"html": letter.text})
    for label, href in letter.buttons:
        document = blocks.add(document, "button", props={"label": label, "href": href})
    fields = {
        "subject": letter.subject,
        "preheader": letter.preheader,
        "language": letter.language,
        "sender": crew.sender,
        "content": blocks.as_data(document),
        "require_consent": campaign.require_consent or asks,
        "consent_form": crew.form,
    }
    save(campaign, version=campaign.version, fields=fields)
    ids = [segment.pk for segment in segments]
    save_segments(campaign, version=campaign.version, inside=ids, outside=[])
    return campaign


def launch_at(crew: Crew, campaign: Campaign, at: datetime) -> Run:
    """Launch and prepare, as if it had been at that time."""
    launch(campaign, by=crew.members.get("editor", crew.members["owner"]))
    prepare(crew.account.pk, campaign.pk)
    params: dict[str, Any] = {
        "by": timezone.now() - at,
        "account": crew.account.pk,
        "campaign": campaign.pk,
        "name": campaign.name,
    }
    with connection.cursor() as cursor:
        for statement in _BACK:
            cursor.execute(statement, params)
    campaign.refresh_from_db()
    return Run(crew, campaign, at, Random(campaign.name))  # noqa: S311 - the same each time


def ask(run: Run, *, bounced: int = 0) -> list[ConsentRequest]:
    """Send the consent requests; the first few addresses turn out to be wrong. Those asked."""
    at = run.at + timedelta(minutes=1)
    requests = list(
        ConsentRequest.objects.for_account(run.account_id)
        .filter(campaign_id=run.campaign.pk, state=ConsentRequest.State.OPEN)
        .order_by("contact_id")
    )
    wrong = {request.pk for request in requests[:bounced]}
    for request in requests[:bounced]:
        reply = f"550 5.1.1 <{request.address}>: user unknown"
        moving.fail(run.account_id, [(run.campaign.pk, request.contact_id)], reply=reply, at=at)
    outcomes = [
        marking.Outcome(
            request_id=request.pk,
            became=marking.Became.NOT_DELIVERED if request.pk in wrong else marking.Became.ASKED,
            message_id=request_message_id(run.account_id, request.pk),
            reply=f"550 5.1.1 <{request.address}>: user unknown"
            if request.pk in wrong
            else run.reply(),
            bounced=request.pk in wrong,
        )
        for request in requests
    ]
    moved = marking.mark(run.account_id, outcomes, at=at)
    _end_chunks(run, Chunk.Kind.REQUEST, at)
    return [request for request in moved if request.pk not in wrong]


def send(run: Run, *, refused: int = 0, unknown: int = 0, only: int | None = None) -> None:
    """Send to everybody who is queued, chunk by chunk; some are refused or stay unknown.

    With `only` no more than so many leave, and the chunks stay open.
    """
    waiting = _queued(run)
    if only is not None:
        waiting = waiting[:only]
    refusing = {key: REFUSALS[n % len(REFUSALS)] for n, key in enumerate(waiting[:refused])}
    odd = refusing, set(waiting[refused : refused + unknown])
    rights = permitted(run.campaign)
    for chunk in Chunk.objects.for_account(run.account_id).filter(
        campaign_id=run.campaign.pk, kind=Chunk.Kind.MAIL
    ):
        mine = [contact for contact, number in waiting if number == chunk.number]
        fence = _fence(run, chunk.pk, chunk.generation)
        for start in range(0, len(mine), PART):
            at = run.at + timedelta(minutes=2, seconds=start)
            part = mine[start : start + PART]
            moving.mark(fence, [_change(run, c, odd, rights, chunk.number) for c in part], at=at)
    _note_first(run)
    if only is None:
        _end_chunks(run, Chunk.Kind.MAIL, run.at + timedelta(minutes=10))


def send_released(run: Run) -> None:
    """Send to those whose answer released them, seconds after it."""
    rights = permitted(run.campaign)
    due = DueRecipient.objects.for_account(run.account_id).filter(campaign_id=run.campaign.pk)
    contacts = list(due.order_by("contact_id").values_list("contact_id", flat=True))
    for start in range(0, len(contacts), PART):
        part = contacts[start : start + PART]
        changes = [_change(run, contact, ({}, set()), rights, 0) for contact in part]
        moving.mark(_fence(run, None, 0), changes, at=run.at)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE recipient SET sent_at = released_at + interval '6 seconds'"
            " WHERE account_id = %s AND campaign_id = %s AND released_at IS NOT NULL"
            " AND sent_at IS NOT NULL",
            [run.account_id, run.campaign.pk],
        )
    _note_first(run)


def finish(run: Run, at: datetime) -> None:
    """End the wait at `at` and write Finished, as advancing does."""
    close_waits(run.account_id, run.campaign.pk, now=at)
    sent = progress_of(run.campaign).sent
    Campaign.objects.for_account(run.account_id).filter(pk=run.campaign.pk).update(
        state=Campaign.State.FINISHED, finished_at=at
    )
    happened(run.campaign, "finished", f"Finished. {sent:,} mails were accepted", at=at)


def wait(run: Run) -> None:
    """Nobody is queued, some have not answered."""
    pending = people(progress_of(run.campaign).pending)
    at = run.at + timedelta(minutes=11)
    Campaign.objects.for_account(run.account_id).filter(pk=run.campaign.pk).update(
        state=Campaign.State.WAITING
    )
    happened(run.campaign, "waiting", f"Nobody is queued. {pending} have not answered", at=at)


def set_act_back(run: Run, act: str, at: datetime) -> None:
    """A pause or stop that was made just now happened then."""
    params: dict[str, Any] = {
        "at": at,
        "account": run.account_id,
        "campaign": run.campaign.pk,
        "what": act,
        "act": f"campaign.{act}",
        "name": run.campaign.name,
    }
    with connection.cursor() as cursor:
        for statement in _ACT_BACK:
            cursor.execute(statement, params)


def _queued(run: Run) -> list[tuple[int, int]]:
    rows = Recipient.objects.for_account(run.account_id).filter(
        campaign_id=run.campaign.pk, verdict=1, sent_at=None, closed_reason=None, trouble=None
    )
    return list(rows.order_by("contact_id").values_list("contact_id", "chunk"))


def _change(
    run: Run,
    contact: int,
    odd: tuple[dict[tuple[int, int], str], set[tuple[int, int]]],
    rights: dict[int, tuple[bool, bool]],
    chunk: int,
) -> Change:
    if (contact, chunk) in odd[0]:
        reply = odd[0][contact, chunk]
        return Change(contact_id=contact, became=Became.FAILED, reply=reply)
    if (contact, chunk) in odd[1]:
        return Change(contact_id=contact, became=Became.UNKNOWN)
    opens, clicks = rights.get(contact, (False, False))
    return Change(
        contact_id=contact,
        became=Became.SENT,
        reply=run.reply(),
        measured_opens=opens,
        measured_clicks=clicks,
    )


def _fence(run: Run, chunk_id: int | None, generation: int) -> Fence:
    return Fence(
        account_id=run.account_id,
        campaign_id=run.campaign.pk,
        chunk_id=chunk_id,
        generation=generation,
    )


def _note_first(run: Run) -> None:
    Campaign.objects.for_account(run.account_id).filter(
        pk=run.campaign.pk, first_sent_at=None
    ).update(first_sent_at=run.at + timedelta(minutes=2))


def _end_chunks(run: Run, kind: str, at: datetime) -> None:
    Chunk.objects.for_account(run.account_id).filter(
        campaign_id=run.campaign.pk, kind=kind, done_at=None
    ).update(done_at=at)
