"""The work of one lease of campaign mails: what is loaded, how a mail is made, what is written.

running drives any Work; consent requests have their own in asking.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

from django.utils import timezone

from campaigns.recipients import moving
from campaigns.recipients.moving import Change
from campaigns.sending import loading, telling
from campaigns.sending.asking import ask_held
from campaigns.sending.compiling import CompiledCampaign, freeze_targets
from campaigns.sending.deciding import Result, change_of
from campaigns.sending.leasing import Lease
from campaigns.sending.loading import Handed, Loaded, Reading
from campaigns.sending.mails.signing import Ahead
from campaigns.sending.transports import Outgoing
from consent.ledger.recording import lock
from consent.ledger.suppressing import suppress
from mailwire.outcomes import Kind, Outcome
from marketing.models import Suppression
from marketing.tenancy import use_account


class Work(Protocol):
    """What differs between campaign mails and consent requests."""

    lease: Lease

    @property
    def sender_address(self) -> str:
        """Whose rates these mails count against."""
        ...

    def load(self, after: int, limit: int, only: tuple[int, ...] = ()) -> Loaded:
        """The next people behind a contact id, or only these again, judged this moment."""
        ...

    def turn_away(self, changes: Sequence[Change]) -> None:
        """Write what becomes of people the gate no longer lets through."""
        ...

    def prepare(self, people: Sequence[Handed]) -> None:
        """Store and sign what must be there before any of these mails leaves. Blocking."""
        ...

    def outgoing(self, person: Handed) -> Outgoing:
        """The person's mail. Raises MergeFailed, HeaderRefused, ValueError."""
        ...

    def letter(self, person: Handed) -> tuple[str, bytes]:
        """The same for a relay: envelope sender and octets. Raises what `outgoing` raises."""
        ...

    def result(self, person: Handed, outcome: Outcome) -> Result:
        """How the hand-over ended, with what the mail carried."""
        ...

    def settle(self, results: Sequence[Result]) -> None:
        """Write outcomes. Raises LeaseLost; then nothing was written."""
        ...

    def recover(self, outcomes: dict[int, Outcome]) -> None:
        """Write what a dead holder's journal says, by contact id."""
        ...


class MailWork:
    """Campaign mails."""

    def __init__(self, lease: Lease, compiled: CompiledCampaign) -> None:
        self.lease = lease
        self._compiled = compiled
        self._clicks: set[int] = set()
        self._ahead = Ahead(self._made)

    @property
    def sender_address(self) -> str:
        """See Work."""
        address: str = self._compiled.sender.address
        return address

    def load(self, after: int, limit: int, only: tuple[int, ...] = ()) -> Loaded:
        """See Work."""
        campaign = self._compiled.campaign
        return loading.load(
            Reading(lease=self.lease, campaign=campaign, after=after, limit=limit, only=only)
        )

    def turn_away(self, changes: Sequence[Change]) -> None:
        """Closed with the gate's reason, or held and asked."""
        if not changes:
            return
        held = [c.contact_id for c in changes if c.became is moving.Became.ASKED]
        with use_account(self.lease.account_id):
            moving.mark(self.lease.fence, changes)
            if held:
                ask_held(self._compiled, held, at=timezone.now())

    def prepare(self, people: Sequence[Handed]) -> None:
        """See Work."""
        self._clicks |= freeze_targets(self._compiled, people)
        if self._compiled.signer is not None:
            self._ahead.prepare(people)

    def outgoing(self, person: Handed) -> Outgoing:
        """See Work."""
        return self._ahead.take(person)

    def letter(self, person: Handed) -> tuple[str, bytes]:
        """See Work."""
        if self._compiled.signer is not None:
            outgoing = self._ahead.take(person)
            return outgoing.envelope_sender, outgoing.mail.as_bytes()
        return self._compiled.wire(person, clicks=self._has_clicks(person))

    def _made(self, person: Handed) -> Outgoing:
        return self._compiled.outgoing(person, clicks=self._has_clicks(person))

    def result(self, person: Handed, outcome: Outcome) -> Result:
        """See Work."""
        return Result(
            person=person,
            outcome=outcome,
            at=datetime.now(UTC),
            opens=person.opens,
            clicks=self._has_clicks(person),
        )

    def _has_clicks(self, person: Handed) -> bool:
        """They may be counted now, and the targets of theirs are stored."""
        return person.clicks and person.contact_id in self._clicks

    def settle(self, results: Sequence[Result]) -> None:
        """See Work; addresses that do not exist are suppressed in the same transaction."""
        account_id = self.lease.account_id
        bounces = [result for result in results if result.is_bounce]
        with use_account(account_id):
            if bounces:
                lock(account_id)  # the ledger before chunks, as everywhere
            moving.mark(self.lease.fence, [change_of(result, "mail") for result in results])
            for result in bounces:
                hashes = [result.person.address_hash]
                suppress(account_id, hashes, Suppression.Reason.BOUNCE, note=result.reply)
        if any(result.outcome.kind is Kind.ACCEPTED for result in results) and (
            self._compiled.is_first_accepted()
        ):
            telling.sending_began(account_id, self.lease.campaign_id)
            telling.server_back(account_id, self.lease.campaign_id)

    def recover(self, outcomes: dict[int, Outcome]) -> None:
        """See Work."""
        became = {Kind.ACCEPTED: moving.Became.SENT, Kind.UNKNOWN: moving.Became.UNKNOWN}
        changes = [
            Change(contact_id=contact_id, became=became[outcome.kind], reply=outcome.text)
            for contact_id, outcome in outcomes.items()
        ]
        moving.mark(self.lease.fence, changes)
