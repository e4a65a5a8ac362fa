"""The people of a lease, with the gate asked in the very statement that reads them.

A verdict counts for two seconds: whoever is held longer is read again, never sent on an old one.
What becomes of people the gate no longer lets through is decided here too.
"""

import json
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from campaigns.launching.audience import question_of
from campaigns.models import Campaign
from campaigns.recipients.moving import Became, Change
from campaigns.recipients.states import state_sql
from campaigns.sending.leasing import Lease
from consent import gate
from marketing.tenancy import use_account

VERDICT_SECONDS = 2.0
_QUEUED = f"({state_sql(stopped='false')}) = 'queued'"
# OFFSET 0: one look per person. As a join the planner may read all rows of the campaign for each.
_NOT_DUE = """NOT EXISTS (SELECT 1 FROM due_recipient q WHERE q.account_id = r.account_id
    AND q.campaign_id = r.campaign_id AND q.contact_id = r.contact_id OFFSET 0)"""


# Nobody changes one. Not `frozen`: one for each mail, and that would treble the time to make it.
@dataclass(slots=True, kw_only=True)
class Handed:
    """One person who may be written to now. `verdict_at` is on the monotonic clock.

    `opens` and `clicks`: may be tracked. `request_id` is 0 for campaign mails.
    """

    account_id: int
    campaign_id: int
    contact_id: int
    address: str
    address_hash: bytes
    opens: bool
    clicks: bool
    attempts: int
    values: dict[str, Any]
    verdict_at: float
    request_id: int = 0

    @property
    def is_fresh(self) -> bool:
        """The verdict still counts, with some room for handing over."""
        return time.monotonic() - self.verdict_at < VERDICT_SECONDS * 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What one reading found. `last` is where the next one goes on."""

    is_running: bool
    people: list[Handed]
    changes: list[Change]
    last: int

    @property
    def is_empty(self) -> bool:
        """Nobody is left behind this point."""
        return not self.people and not self.changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What to read: the people of a lease behind a contact id, or `only` these of them again."""

    lease: Lease
    campaign: Campaign
    after: int
    limit: int = 100
    only: tuple[int, ...] = ()

    def params(self) -> dict[str, Any]:
        """Parameters of the statements below."""
        campaign, lease = self.campaign, self.lease
        return question_of(campaign).params() | {
            "lo": max(lease.lo, self.after + 1),
            "hi": lease.hi,
            "number": lease.number,
            "ids": list(lease.contact_ids),
            "generation": lease.generation,
            "limit": self.limit,
            "only": list(self.only) or None,
        }


def load(reading: Reading) -> Loaded:
    """Read the next queued people of a mail lease, each with a verdict of this moment."""
    lease = reading.lease
    if lease.chunk_id is None:
        condition = f"r.contact_id BETWEEN %(lo)s AND %(hi)s AND {_QUEUED} AND {_HELD}"
    else:
        condition = (
            "r.contact_id BETWEEN %(lo)s AND %(hi)s AND r.chunk = %(number)s"
            f" AND {_QUEUED} AND {_NOT_DUE}"
        )
    condition += " AND (%(only)s::bigint[] IS NULL OR r.contact_id = ANY(%(only)s::bigint[]))"
    people = gate.people_of_recipients(condition, also=_OF_RECIPIENT)
    return _read(reading, _judged(f"{people} ORDER BY r.contact_id LIMIT %(limit)s"))


def load_requests(reading: Reading) -> Loaded:
    """Read the next open consent requests of a lease; only who is still to be asked is handed."""
    lease = reading.lease
    mine = _REQUEST_IN_CHUNK if lease.chunk_id is not None else _REQUEST_HELD
    people = _PEOPLE_OF_REQUESTS.format(condition=mine, of_contact=_OF_CONTACT)
    return _read(reading, _judged(people))


def _judged(people: str) -> str:
    return _STATEMENT.format(verdicts=gate.verdicts(people, also=_ALSO))


def positions(lease: Lease) -> dict[int, int]:
    """Contact id to place in the journal of a chunk; never changes after preparing.

    Ranges of joiners overlap older ones: a request chunk's own people are those of the mail chunks
    that its first and last person are counted in.
    """
    with use_account(lease.account_id), connection.cursor() as cursor:
        cursor.execute(
            _POSITIONS,
            {
                "account": lease.account_id,
                "campaign": lease.campaign_id,
                "lo": lease.lo,
                "hi": lease.hi,
                "number": None if lease.kind == "request" else lease.number,
            },
        )
        return {row[0]: position for position, row in enumerate(cursor.fetchall())}


def undecided(lease: Lease) -> set[int]:
    """Contacts of a lease whose outcome is not in the database: what a journal may decide.

    Also who left, was blocked or taken back since: what was accepted is a fact.
    """
    return _contacts(lease, _UNDECIDED[lease.kind, lease.chunk_id is None])


def _contacts(lease: Lease, sql: str) -> set[int]:
    with use_account(lease.account_id), connection.cursor() as cursor:
        cursor.execute(
            sql,
            {
                "gate_account": lease.account_id,
                "gate_campaign": lease.campaign_id,
                "lo": lease.lo,
                "hi": lease.hi,
                "number": lease.number,
                "generation": lease.generation,
                "ids": list(lease.contact_ids),
            },
        )
        return {row[0] for row in cursor.fetchall()}


def attempts_of(lease: Lease) -> dict[int, int]:
    """Contact id to attempts so far, of due rows; a new attempt gets a new journal."""
    table = "recipient" if lease.kind == "mail" else "consent_request"
    with use_account(lease.account_id), connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT contact_id, attempts FROM {table}
            WHERE account_id = %s AND campaign_id = %s AND contact_id = ANY(%s)""",
            [lease.account_id, lease.campaign_id, list(lease.contact_ids)],
        )
        return dict(cursor.fetchall())


def has_people_left(lease: Lease) -> bool:
    """Somebody of the chunk was not attempted: it must not be called done."""
    return bool(_contacts(lease, _UNATTEMPTED[lease.kind]))


_CHUNK_OF = """(SELECT e.chunk FROM recipient e WHERE e.account_id = %(account)s
    AND e.campaign_id = %(campaign)s AND e.contact_id = {end})"""
_POSITIONS = f"""SELECT r.contact_id FROM recipient r
    WHERE r.account_id = %(account)s AND r.campaign_id = %(campaign)s
      AND r.contact_id BETWEEN %(lo)s AND %(hi)s
      AND r.chunk BETWEEN coalesce(%(number)s, {_CHUNK_OF.format(end="%(lo)s")})
        AND coalesce(%(number)s, {_CHUNK_OF.format(end="%(hi)s")})
    ORDER BY r.contact_id"""

# Rows that are due by themselves: still mine by generation.
_HELD = """EXISTS (SELECT 1 FROM due_recipient q WHERE q.account_id = r.account_id
    AND q.campaign_id = r.campaign_id AND q.contact_id = r.contact_id
    AND q.generation = %(generation)s AND q.contact_id = ANY(%(ids)s))"""

_REQUEST_IN_CHUNK = "q.contact_id BETWEEN %(lo)s AND %(hi)s AND q.due_at IS NULL"
_REQUEST_HELD = """q.contact_id BETWEEN %(lo)s AND %(hi)s
    AND q.contact_id = ANY(%(ids)s) AND q.generation = %(generation)s AND q.due_at IS NOT NULL"""

_PEOPLE_OF_REQUESTS = """
    SELECT q.contact_id, q.address, q.address_hash, c.id IS NOT NULL AS known,
           coalesce(c.country, '') AS country, coalesce(c.language, '') AS language,
           coalesce(c.basis, '') AS basis, coalesce(c.basis_evidence, '') AS basis_evidence,
           coalesce(c.basis_attested, false) AS basis_attested, c.basis_until,
           q.attempts, q.id AS request_id, {of_contact}
    FROM consent_request q
    LEFT JOIN contact c ON c.account_id = q.account_id AND c.id = q.contact_id
    WHERE q.account_id = %(gate_account)s AND q.campaign_id = %(gate_campaign)s
      AND q.state = 'open' AND {condition}
      AND (%(only)s::bigint[] IS NULL OR q.contact_id = ANY(%(only)s::bigint[]))
    ORDER BY q.contact_id LIMIT %(limit)s"""

# What the mail needs of a person, read where they are judged: a look more for each would cost a
# third of the statement.
_ALSO = ("attempts", "request_id", "first_name", "last_name", "fields")
_OF_CONTACT = """coalesce(c.first_name, '') AS first_name, coalesce(c.last_name, '') AS last_name,
           coalesce(c.fields::text, '{}') AS fields"""
_OF_RECIPIENT = f", r.attempts, 0::bigint AS request_id, {_OF_CONTACT}"

# Judged once, whatever the planner believes about tables it has not analysed yet: without the
# MATERIALIZED a fresh campaign was judged anew for each of its people (0.9 s for 100).
_STATEMENT = """
WITH mine AS MATERIALIZED (
    SELECT a.tracking, a.time_zone, p.track_opens, p.track_clicks
    FROM campaign p JOIN account a ON a.id = p.account_id
    WHERE p.account_id = %(gate_account)s AND p.id = %(gate_campaign)s),
v AS MATERIALIZED (SELECT * FROM {verdicts} judged)
SELECT v.contact_id, v.address, v.address_hash, v.language, v.country, v.verdict, v.reason,
    may_track(m.tracking, m.track_opens, v.track_class, v.tracking_choice),
    may_track(m.tracking, m.track_clicks, v.track_class, v.tracking_choice),
    v.attempts, v.request_id, v.first_name, v.last_name, v.fields,
    CASE WHEN v.reason = 'agreed' AND NOT v.imported THEN v.reason_at END, m.time_zone
FROM v CROSS JOIN mine m
ORDER BY v.contact_id"""

_REQUESTS = """SELECT q.contact_id FROM consent_request q
    WHERE q.account_id = %(gate_account)s AND q.campaign_id = %(gate_campaign)s AND """
_RECIPIENTS = """SELECT r.contact_id FROM recipient r
    WHERE r.account_id = %(gate_account)s AND r.campaign_id = %(gate_campaign)s
      AND r.contact_id BETWEEN %(lo)s AND %(hi)s AND """
_UNATTEMPTED = {
    "mail": f"{_RECIPIENTS} {_QUEUED} AND r.chunk = %(number)s AND {_NOT_DUE}",
    "request": f"{_REQUESTS} q.state = 'open' AND {_REQUEST_IN_CHUNK}",
}
_UNDECIDED = {
    ("mail", False): f"""{_RECIPIENTS} r.chunk = %(number)s AND r.attempts = 0
        AND r.sent_at IS NULL AND (r.closed_reason IS NOT NULL OR ({_QUEUED} AND {_NOT_DUE}))""",
    ("mail", True): f"{_RECIPIENTS} {_QUEUED} AND {_HELD}",
    ("request", False): f"""{_REQUESTS} q.asked_at IS NULL AND q.attempts = 0
        AND q.contact_id BETWEEN %(lo)s AND %(hi)s""",
    ("request", True): f"{_REQUESTS} q.state = 'open' AND {_REQUEST_HELD}",
}
_RUNNING_STATES = (Campaign.State.SENDING, Campaign.State.WAITING)


def _read(reading: Reading, sql: str) -> Loaded:
    lease = reading.lease
    asked_at = time.monotonic()
    with use_account(lease.account_id):
        if not _is_running(lease):
            return Loaded(is_running=False, people=[], changes=[], last=reading.after)
        with connection.cursor() as cursor:
            cursor.execute(sql, reading.params())
            rows = cursor.fetchall()
    wanted = gate.ASK if lease.kind == "request" else gate.SEND
    return Loaded(
        is_running=True,
        people=[_handed(lease, row, asked_at) for row in rows if row[5] == wanted],
        changes=[_turned_away(row) for row in rows if row[5] != wanted],
        last=rows[-1][0] if rows else reading.after,
    )


def _is_running(lease: Lease) -> bool:
    states = list(_RUNNING_STATES)
    if lease.kind == "request":
        states.append(Campaign.State.PREPARING)
    running = Campaign.objects.for_account(lease.account_id).filter(state__in=states)
    return bool(running.filter(pk=lease.campaign_id).exists())


def _handed(lease: Lease, row: tuple[Any, ...], asked_at: float) -> Handed:
    contact_id, address, address_hash, language, country, _, _, opens, clicks, attempts = row[:10]
    return Handed(
        account_id=lease.account_id,
        campaign_id=lease.campaign_id,
        contact_id=contact_id,
        address=address,
        address_hash=bytes(address_hash),
        opens=bool(opens),
        clicks=bool(clicks),
        attempts=attempts,
        values={
            "first_name": row[11],
            "last_name": row[12],
            "email": address,
            "country": country,
            "language": language,
            "fields": json.loads(row[13]) if row[13] != "{}" else {},
            "agreed_on": _day(row[14], row[15]),
            "agreed_iso": _day(row[14], row[15], iso=True),
        },
        verdict_at=asked_at,
        request_id=row[10],
    )


def _day(at: datetime | None, zone: str, *, iso: bool = False) -> str | None:
    """The day in the account's time; None (templates take "" for true) where there is none."""
    if at is None:
        return None
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%Y-%m-%d}" if iso else f"{local.day} {local:%B %Y}"


def _turned_away(row: tuple[Any, ...]) -> Change:
    """Never: closed with the gate's reason. Ask first: held. Send (of a request): released."""
    contact_id, verdict, reason = row[0], row[5], row[6]
    became = {gate.NEVER: Became.CLOSED, gate.ASK: Became.ASKED, gate.SEND: Became.RELEASED}
    return Change(contact_id=contact_id, became=became[verdict], reason=reason)
