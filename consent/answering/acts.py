"""What a person does on a public page: agree, refuse, leave, stop, start. Pressing twice is once.

Each act takes the account's ledger lock first and reads again under it, so that two presses at the
same moment make one record. Call inside `use_account`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from django.utils import timezone

from consent.answering.people import Person, Witness, standing_of, track_class_of
from consent.ledger import shown
from consent.ledger.chain import BY_FRESH_LINK, instant
from consent.ledger.entries import Entry
from consent.ledger.recording import append, lock
from consent.models import ConsentRequest, FreshLink, Shown
from marketing.models import Suppression
from marketing.rules.versions import applied

State = ConsentRequest.State
UNANSWERED: Final = (State.OPEN, State.ASKED, State.NOT_DELIVERED, State.TAKEN_BACK)
# Detail of an answer: the page had the box about tracking.
WITH_BOX: Final = "with the tracking box"
GONE: Final = ("refused", "unsubscribed", "withdrew")


@dataclass(frozen=True)
class Answer:
    """What became of an answer: whether it counted, and whether its campaign still waits."""

    counted: bool
    late: bool = False


def is_over(request: ConsentRequest) -> bool:
    """Whether the link of the request has ended (12 months after asking, or erased)."""
    ended = request.expires_at is not None and request.expires_at <= timezone.now()
    return request.state == State.EXPIRED or ended


def is_late(request: ConsentRequest) -> bool:
    """Whether the campaign that asked waits no longer."""
    return request.wait_until is not None and request.wait_until <= timezone.now()


def asks_tracking(person: Person) -> bool:
    """Whether the page asks about tracking: the law asks each person, the account measures at all,
    and the text has words for it."""
    return (
        person.account.tracking
        and person.text is not None
        and bool(person.text.tracking_question)
        and track_class_of(person) != "N"
    )


def agree(person: Person, witness: Witness, *, tracking: bool) -> Answer:
    """Yes to the newsletter; the tracking box is an answer of its own where it was shown.

    Counts once, and only as the answer to an open question: a request that was answered, or left
    from, never starts anything again.
    """
    request = _locked_request(person)
    late = is_late(request)
    if request.state not in UNANSWERED:
        return Answer(counted=False, late=late)
    now = timezone.now()
    box = asks_tracking(person)
    agreed = _entry(person, witness, now, event="agreed", act="button")
    entries = [replace(agreed, detail=WITH_BOX if box else "")]
    if box:
        event, act = ("agreed", "box_ticked") if tracking else ("refused", "box_empty")
        entries.append(replace(agreed, event=event, act=act, purpose="tracking"))
    _answered(request, State.AGREED, now)
    _keep_shown(person, witness)
    # Who presses a button in a mail has got the mail: the address works after all.
    append(person.account.pk, [*_lifted(person, agreed, reasons=("bounce",)), *entries])
    return Answer(counted=True, late=late)


def refuse(person: Person, witness: Witness) -> Answer:
    """No to the newsletter. Counts always, also after a yes: stopping is never too late."""
    request = _locked_request(person)
    if request.state not in (*UNANSWERED, State.AGREED) or standing_of(person).newsletter in GONE:
        return Answer(counted=False)
    now = timezone.now()
    _answered(request, State.REFUSED, now)
    refused = _entry(person, witness, now, event="refused", act="button")
    detail = WITH_BOX if asks_tracking(person) else ""
    _keep_shown(person, witness)
    append(person.account.pk, [replace(refused, detail=detail)])
    return Answer(counted=True)


def leave(person: Person, witness: Witness, *, act: str) -> bool:
    """No more newsletters, from any link of a mail or request; whether it changed anything."""
    lock(person.account.pk)
    if standing_of(person).newsletter in GONE:
        return False
    now = timezone.now()
    ConsentRequest.objects.for_account(person.account).filter(
        address_hash=person.address_hash, state__in=UNANSWERED
    ).update(state=State.LEFT, answered_at=now, due_at=None)
    _keep_shown(person, witness)
    append(person.account.pk, [_entry(person, witness, now, event="withdrew", act=act)])
    return True


def stop_tracking(person: Person, witness: Witness) -> bool:
    """Nothing more is recorded, also for mails already sent; whether it changed anything."""
    lock(person.account.pk)
    if standing_of(person).tracking == "no":
        return False
    _keep_shown(person, witness)
    append(person.account.pk, [stop_entry(person, witness)])
    return True


def stop_entry(person: Person, witness: Witness) -> Entry:
    """The record that the person stopped measuring."""
    entry = _entry(person, witness, timezone.now(), event="withdrew", act="stop_tracking")
    return replace(entry, purpose="tracking")


def start(person: Person, witness: Witness, *, act: str) -> bool:
    """Newsletters again, by a fresh link only; whether it changed anything.

    The person's own act also lifts their complaint and a bounce: the mail with the link arrived.
    What members and imports blocked stays.
    """
    lock(person.account.pk)
    standing = standing_of(person)
    if standing.newsletter == "agreed" or not _still_works(person):
        return False
    now = timezone.now()
    entry = _entry(person, witness, now, event="agreed", act=act)
    lifted = _lifted(person, entry, reasons=("complaint", "bounce"))
    ConsentRequest.objects.for_account(person.account).filter(
        address_hash=person.address_hash, state__in=UNANSWERED
    ).update(state=State.AGREED, answered_at=now, due_at=None)
    _keep_shown(person, witness)
    append(person.account.pk, [*lifted, entry])
    return True


def allow_tracking(person: Person, witness: Witness) -> bool:
    """Yes to being measured, by a fresh link only; whether it changed anything."""
    lock(person.account.pk)
    if standing_of(person).tracking == "yes" or not _still_works(person):
        return False
    entry = _entry(person, witness, timezone.now(), event="agreed", act="preferences")
    _keep_shown(person, witness)
    append(person.account.pk, [replace(entry, purpose="tracking")])
    return True


def _still_works(person: Person) -> bool:
    """Whether the fresh link still stands under the lock: erasing ends it, and an act that was
    pressed at the same moment must not store the address again."""
    link = person.fresh
    if link is None:
        return False
    links = FreshLink.objects.for_account(person.account)
    return links.filter(pk=link.pk, expires_at__gt=timezone.now()).exists()


def _lifted(person: Person, entry: Entry, *, reasons: Sequence[str]) -> list[Entry]:
    """What the person's own act takes away of that which blocks their address."""
    held = Suppression.objects.for_account(person.account).filter(
        address_hash=person.address_hash, reason__in=reasons
    )
    return [
        replace(entry, event="unblocked", detail=reason)
        for reason in held.order_by("reason").values_list("reason", flat=True)
    ]


def _keep_shown(person: Person, witness: Witness) -> None:
    if witness.shown:
        shown.keep(person.account.pk, Shown.Kind.PAGE, [witness.shown])


def _locked_request(person: Person) -> ConsentRequest:
    if person.request is None:
        raise ValueError("Only a consent request can be answered.")
    lock(person.account.pk)
    person.request.refresh_from_db(fields=["state", "answered_at"])
    return person.request


def _answered(request: ConsentRequest, state: str, now: datetime) -> None:
    ConsentRequest.objects.for_account(request.account_id).filter(pk=request.pk).update(
        state=state, answered_at=now, due_at=None
    )
    request.state = state
    request.answered_at = now


def _entry(person: Person, witness: Witness, now: datetime, *, event: str, act: str) -> Entry:
    """The evidence. Message-ID and the server's reply are those of the request's mail where that
    led here; of a fresh link is told when it was mailed. Who stops was shown no question."""
    link = person.fresh
    request = person.request if link is None else None
    text = person.text if event != "withdrew" else None
    by_request = request.pk if request else None
    return Entry(
        event=event,
        act=act,
        address_hash=person.address_hash,
        at=now,
        address=person.address,
        contact_id=person.contact_id,
        campaign_id=person.campaign_id,
        request_id=link.request_id if link else by_request,
        text_version=text.pk if text else None,
        text_hash=text.hash if text else "",
        shown_hash=shown.hash_of(witness.shown) if witness.shown else "",
        language=witness.language,
        ip=witness.ip,
        agent=witness.agent,
        message_id=request.message_id if request else "",
        server_reply=request.reply if request else "",
        source=request.source if request else "",
        detail=f"{BY_FRESH_LINK}{instant(link.made_at)}" if link else "",
        rule=applied(person.account, person.country),
    )
