"""The work of a lease of consent requests: composed and marked by consent.asking, sent like mail.

Locks in the order of the whole house: the ledger, then chunks, then recipients.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.utils import timezone

from campaigns.recipients import moving
from campaigns.recipients.moving import Became, Change
from campaigns.sending import addressing, deciding, loading, telling
from campaigns.sending.compiling import CompiledCampaign
from campaigns.sending.deciding import Result
from campaigns.sending.leasing import Lease
from campaigns.sending.loading import Handed, Loaded, Reading
from campaigns.sending.mails.signing import Ahead, signed
from campaigns.sending.transports import Outgoing
from consent.asking import marking, requests
from consent.asking.composing import RequestMail, compose
from consent.asking.keeping import Kept, kept
from consent.ledger.recording import lock
from consent.models import ConsentRequest
from mailwire.message import Mail
from mailwire.outcomes import Kind, Outcome
from marketing.tenancy import use_account


class RequestWork:
    """Consent requests of one campaign."""

    def __init__(self, lease: Lease, compiled: CompiledCampaign) -> None:
        self.lease = lease
        self._compiled = compiled
        self._mails: dict[int, RequestMail] = {}
        self._kept: dict[int, Kept] = {}
        self._ahead = Ahead(self._made)

    @property
    def sender_address(self) -> str:
        """See Work."""
        address: str = self._compiled.sender.address
        return address

    def load(self, after: int, limit: int, only: tuple[int, ...] = ()) -> Loaded:
        """See Work."""
        campaign = self._compiled.campaign
        return loading.load_requests(
            Reading(lease=self.lease, campaign=campaign, after=after, limit=limit, only=only)
        )

    def turn_away(self, changes: Sequence[Change]) -> None:
        """Nobody who need not be asked is asked: the request was never made."""
        if not changes:
            return
        account_id, campaign_id = self.lease.account_id, self.lease.campaign_id
        with use_account(account_id):
            lock(account_id)
            self._check_fence()
            ConsentRequest.objects.for_account(account_id).filter(
                campaign_id=campaign_id,
                contact_id__in=[change.contact_id for change in changes],
                state=ConsentRequest.State.OPEN,
            ).update(state=ConsentRequest.State.TAKEN_BACK, due_at=None)
            for change in changes:
                key = [(campaign_id, change.contact_id)]
                if change.became is Became.RELEASED:
                    moving.release(account_id, key)
                else:
                    moving.close(account_id, key, reason=change.reason)

    def prepare(self, people: Sequence[Handed]) -> None:
        """Compose the mails of these requests."""
        account = self._compiled.account
        with use_account(account):
            rows = ConsentRequest.objects.for_account(account).select_related("text_version")
            found = rows.filter(pk__in=[person.request_id for person in people])
            self._mails |= {mail.request_id: mail for mail in compose(account, list(found))}
        if self._compiled.signer is not None:
            self._ahead.prepare(people)

    def outgoing(self, person: Handed) -> Outgoing:
        """See Work."""
        return self._ahead.take(person)

    def letter(self, person: Handed) -> tuple[str, bytes]:
        """See Work."""
        outgoing = self.outgoing(person)
        return outgoing.envelope_sender, outgoing.mail.as_bytes()

    def _made(self, person: Handed) -> Outgoing:
        """No pixel, no tracked link; the person's words stand in the version chosen."""
        made = self._mails[person.request_id]
        sender = self._compiled.sender
        account_id = person.account_id
        mail = Mail(
            from_name=sender.name,
            from_address=sender.address,
            to_address=person.address,
            reply_to=self._compiled.replies_to,
            subject=made.subject,
            message_id=addressing.request_message_id(account_id, person.request_id),
            sent_at=timezone.now(),
            text=made.text,
            html=made.html,
            headers=(*made.headers, ("Feedback-ID", f"q:a{account_id}:request:assent")),
        )
        self._kept[person.request_id] = kept(made, mail)
        return Outgoing(
            mail=signed(mail, self._compiled.signer),
            envelope_sender=addressing.envelope_sender(
                account_id, 0, person.request_id, domain=self._compiled.bounces_to
            ),
            verdict_at=person.verdict_at,
            account_id=account_id,
            campaign_id=person.campaign_id,
            contact_id=person.contact_id,
        )

    def result(self, person: Handed, outcome: Outcome) -> Result:
        """See Work."""
        message_id = addressing.request_message_id(person.account_id, person.request_id)
        return Result(person=person, outcome=outcome, at=timezone.now(), message_id=message_id)

    def settle(self, results: Sequence[Result]) -> None:
        """Requests are marked with their records; who could not be asked has errors."""
        requests = [result.person.request_id for result in results]
        outcomes = [_outcome(result, self.lease) for result in results]
        self._mark(
            [
                replace(outcome, kept=self._kept.get(request))
                for request, outcome in zip(requests, outcomes, strict=True)
            ]
        )
        for request in requests:  # not before they are written: this is called again then
            self._kept.pop(request, None)
        if any(result.outcome.kind is Kind.ACCEPTED for result in results):
            telling.server_back(self.lease.account_id, self.lease.campaign_id)

    def recover(self, outcomes: dict[int, Outcome]) -> None:
        """See Work. Unknown counts as asked: nobody is asked twice, by a later campaign neither."""
        account_id = self.lease.account_id
        with use_account(account_id):
            ids = ConsentRequest.objects.for_account(account_id).filter(
                campaign_id=self.lease.campaign_id,
                contact_id__in=list(outcomes),
                asked_at=None,
            )
            by_contact = dict(ids.values_list("contact_id", "id"))
        self._mark(
            [
                marking.Outcome(
                    request_id=by_contact[contact_id],
                    became=_BECAME[outcome.kind],
                    message_id=addressing.request_message_id(account_id, by_contact[contact_id]),
                    reply=outcome.text,
                )
                for contact_id, outcome in outcomes.items()
                if contact_id in by_contact
            ]
        )

    def _mark(self, outcomes: Sequence[marking.Outcome]) -> None:
        account_id = self.lease.account_id
        with use_account(account_id):
            lock(account_id)
            self._check_fence()
            moved = {request.pk: request for request in marking.mark(account_id, outcomes)}
            for outcome in outcomes:
                request = moved.get(outcome.request_id)
                if outcome.became is marking.Became.NOT_DELIVERED and request is not None:
                    key = [(self.lease.campaign_id, request.contact_id)]
                    moving.fail(account_id, key, reply=outcome.reply)

    def _check_fence(self) -> None:
        if self.lease.chunk_id is not None:
            moving.check_chunk(self.lease.fence)


_BECAME = {Kind.ACCEPTED: marking.Became.ASKED, Kind.UNKNOWN: marking.Became.UNKNOWN}


def _outcome(result: Result, lease: Lease) -> marking.Outcome:
    due_at = deciding.due_after(result, "request")
    later = marking.Became.LATER if due_at else marking.Became.NOT_DELIVERED
    return marking.Outcome(
        request_id=result.person.request_id,
        became=_BECAME.get(result.outcome.kind, later),
        message_id=result.message_id,
        reply=result.reply,
        due_at=due_at,
        bounced=result.is_bounce,
        generation=lease.generation if lease.chunk_id is None else None,
    )


def ask_held(compiled: CompiledCampaign, contact_ids: Sequence[int], *, at: datetime) -> None:
    """Ask people who were held after a country tightened; call inside `use_account`.

    An address that was asked before keeps its request and is not asked again.
    """
    campaign = compiled.campaign
    account_id = campaign.account_id
    requests.open_for(
        account_id,
        campaign.pk,
        form_id=campaign.consent_form_id,
        contacts=(min(contact_ids), max(contact_ids)),
        only=contact_ids,
    )
    ConsentRequest.objects.for_account(account_id).filter(
        campaign_id=campaign.pk,
        contact_id__in=list(contact_ids),
        state=ConsentRequest.State.OPEN,
        due_at=None,
        attempts=0,
    ).update(due_at=at)
