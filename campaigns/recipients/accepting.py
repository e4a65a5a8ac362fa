"""The plain case of moving, in a plain statement: queued people whose mail was accepted.

Nearly every row a worker writes is one of these; the general statement takes twice as long.
"""

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import connection

from campaigns.recipients.states import state_sql

if TYPE_CHECKING:
    from campaigns.recipients.moving import Change, Fence

# Whoever was erased meanwhile has no address any more: of a late reply only its code is kept.
REPLY = r"""CASE WHEN u.reply = '' THEN r.reply WHEN r.address <> '' THEN u.reply
            ELSE concat_ws(' ', substring(u.reply FROM
                '^\d{3}(?:[ -]\d[.]\d{1,3}[.]\d{1,3})?(?![\d.])'), '(erased)') END"""

_ACCEPT = f"""
WITH given AS MATERIALIZED (
    SELECT u.* FROM unnest(%(ids)s::bigint[], %(replies)s::text[], %(opens)s::boolean[],
        %(clicks)s::boolean[]) AS u(contact_id, reply, opens, clicks)),
moved AS (
    UPDATE recipient r SET sent_at = %(at)s, trouble = NULL, attempts = r.attempts + 1,
        reply = {REPLY},
        measured_opens = r.measured_opens OR u.opens,
        measured_clicks = r.measured_clicks OR u.clicks
    FROM given u
    WHERE r.account_id = %(account)s AND r.campaign_id = %(campaign)s
      AND r.contact_id BETWEEN %(lo)s AND %(hi)s AND r.contact_id = u.contact_id
      AND ({state_sql(stopped="false")}) = 'queued'
    RETURNING r.contact_id, r.chunk, r.measured_opens, r.measured_clicks),
counted AS (
    UPDATE chunk c SET queued = c.queued - d.people, sent = c.sent + d.people,
        measured_opens = c.measured_opens + d.opens, measured_clicks = c.measured_clicks + d.clicks
    FROM (SELECT m.chunk, count(*) AS people, count(*) FILTER (WHERE m.measured_opens) AS opens,
              count(*) FILTER (WHERE m.measured_clicks) AS clicks
          FROM moved m GROUP BY m.chunk) d
    WHERE c.account_id = %(account)s AND c.campaign_id = %(campaign)s AND c.kind = 'mail'
      AND c.number = d.chunk),
gone AS (
    DELETE FROM due_recipient q USING moved m
    WHERE q.account_id = %(account)s AND q.campaign_id = %(campaign)s
      AND q.contact_id = m.contact_id)
SELECT contact_id FROM moved"""


def accept(fence: "Fence", changes: Sequence["Change"], *, at: datetime.datetime) -> set[int]:
    """Queued people of a locked chunk become Sent, of those changes that say so. Returns who did.

    Inside `use_account`. Whoever was not queued any more is left to the general statement.
    """
    people = [change for change in changes if change.became == "sent" and change.due_at is None]
    if not people:
        return set()
    ids = [person.contact_id for person in people]
    with connection.cursor() as cursor:
        cursor.execute(
            _ACCEPT,
            {
                "account": fence.account_id,
                "campaign": fence.campaign_id,
                "at": at,
                "lo": min(ids),
                "hi": max(ids),
                # Text is read by the server several times faster than an ARRAY[...] expression.
                "ids": f"{{{','.join(map(str, ids))}}}",
                "replies": [person.reply[:500] for person in people],
                "opens": _flags([person.measured_opens for person in people]),
                "clicks": _flags([person.measured_clicks for person in people]),
            },
        )
        return {row[0] for row in cursor.fetchall()}


def _flags(values: list[bool]) -> str:
    return "{" + ",".join("t" if value else "f" for value in values) + "}"
