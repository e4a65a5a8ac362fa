"""What people do in the sample's past: answer a request, leave, complain. Each a ledger record."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import connection

from consent.answering.acts import asks_tracking
from consent.answering.people import Person
from consent.ledger.entries import Entry
from consent.ledger.recording import append
from consent.models import ConsentRequest
from marketing.models import Contact
from tracking.sampling.running import Run

PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)


@dataclass(frozen=True)
class Shares:
    """How many of those asked agree, refuse and leave; the others stay silent."""

    agree: int
    refuse: int
    leave: int = 0


def answer(run: Run, asked: Sequence[ConsentRequest], shares: Shares, *, days: int) -> None:
    """Let people answer over some days, first the quick ones; call inside `use_account`."""
    requests = list(asked)
    run.chance.shuffle(requests)
    acts = ["agreed"] * shares.agree + ["refused"] * shares.refuse + ["left"] * shares.leave
    run.chance.shuffle(acts)
    start = run.at + timedelta(minutes=4)
    times = sorted(
        start + timedelta(days=days * run.chance.random() ** 3) for _ in acts[: len(requests)]
    )
    answered = list(zip(acts, times, requests, strict=False))
    contacts = Contact.objects.for_account(run.account_id).in_bulk(
        [request.contact_id for _, _, request in answered]
    )
    _write_requests(run, answered)
    entries: list[Entry] = []
    for act, at, request in answered:
        entries += _entries(run, request, act, at, contact=contacts[request.contact_id])
    append(run.account_id, entries)
    _set_moves_back(run)


def withdraw(run: Run, contacts: Sequence[Contact], *, at: datetime, step: timedelta) -> None:
    """People leave by the one-click header of the campaign's mail."""
    entries = [
        replace(_of_mail(run, contact, at + number * step), event="withdrew", act="one_click")
        for number, contact in enumerate(contacts)
    ]
    append(run.account_id, entries)


def complain(run: Run, contacts: Sequence[Contact], *, at: datetime) -> None:
    """People report the campaign's mail as unwanted."""
    entries = [
        replace(_of_mail(run, contact, at), event="complained", act="server", ip="", agent="")
        for contact in contacts
    ]
    append(run.account_id, entries)


def _write_requests(run: Run, answered: Sequence[tuple[str, datetime, ConsentRequest]]) -> None:
    """The requests' own state, as answering writes it."""
    columns = (
        [request.pk for _, _, request in answered],
        [act for act, _, _ in answered],
        [at for _, at, _ in answered],
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE consent_request q SET state = a.act, answered_at = a.at, due_at = NULL"
            " FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS a(id, act, at)"
            " WHERE q.account_id = %s AND q.id = a.id",
            [*columns, run.account_id],
        )


def _set_moves_back(run: Run) -> None:
    """One append told of all answers at once: each recipient moved at the time of the own one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE recipient r SET"
            " released_at = CASE WHEN r.released_at IS NOT NULL THEN q.answered_at END,"
            " closed_at = CASE WHEN r.closed_at IS NOT NULL THEN q.answered_at END"
            " FROM consent_request q WHERE q.account_id = r.account_id"
            " AND q.campaign_id = r.campaign_id AND q.contact_id = r.contact_id"
            " AND q.answered_at IS NOT NULL AND r.account_id = %s AND r.campaign_id = %s",
            [run.account_id, run.campaign.pk],
        )


def _entries(
    run: Run, request: ConsentRequest, act: str, at: datetime, *, contact: Contact
) -> Iterator[Entry]:
    event, how = {
        "agreed": ("agreed", "button"),
        "refused": ("refused", "button"),
        "left": ("withdrew", "request_link"),
    }[act]
    entry = replace(
        _of_mail(run, contact, at),
        event=event,
        act=how,
        request_id=request.pk,
        text_version=request.text_version_id,
        text_hash=request.text_version.hash,
        language=request.text_version.language,
        message_id=request.message_id,
        server_reply=request.reply,
    )
    yield entry
    person = Person(
        account=run.crew.account,
        address_hash=bytes(request.address_hash),
        country=contact.country,
        request=request,
        text=request.text_version,
    )
    if act == "agreed" and asks_tracking(person):
        ticked = run.chance.random() < 0.6
        choice = ("agreed", "box_ticked") if ticked else ("refused", "box_empty")
        yield replace(entry, event=choice[0], act=choice[1], purpose="tracking")


def _of_mail(run: Run, contact: Contact, at: datetime) -> Entry:
    return Entry(
        event="",
        act="",
        address_hash=bytes(contact.address_hash),
        at=at,
        address=contact.address,
        contact_id=contact.pk,
        campaign_id=run.campaign.pk,
        ip=f"198.51.100.{run.chance.randint(1, 250)}",
        agent=PHONE,
        source=run.campaign.name,
    )
