"""A generated campaign of thousands of recipients: states, opens, clicks of every class."""

import random
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from campaigns.models import Campaign, Chunk
from marketing.models import Account
from tests.tracking.making import MACHINE, PERSON, PROXY, make_sent_campaign
from tracking.endpoint.storing import Batch, Event, store

# How many of a thousand are in which state; the rest is sent and measured.
STATES = {"never": 60, "pending": 40, "queued": 30, "failed": 25, "unknown": 15, "unmeasured": 120}
_PEOPLE = """
WITH made AS (
    INSERT INTO contact (account_id, address, address_key, address_hash, first_name, last_name,
        country, language, fields, search_text, basis, basis_evidence, basis_attested, source,
        created_at, changed_at)
    SELECT %(account)s, a, a, sha256(a::bytea), 'P' || n, 'Of a crowd',
        (ARRAY['US', 'BR', 'US', 'JP', ''])[1 + n %% 5], '', '{}', a, '', '',
        false, '', now(), now()
    FROM (SELECT n, 'p' || n || '@' || (n %% 97) || '.example' AS a
          FROM generate_series(1, %(people)s) n) people
    RETURNING id, address, address_hash)
INSERT INTO recipient (account_id, campaign_id, contact_id, chunk, address, address_hash, verdict,
    reason, strict, prepared_at, sent_at, trouble, trouble_at, attempts, reply, measured_opens,
    measured_clicks)
SELECT %(account)s, %(campaign)s, id, 1, address, address_hash,
    CASE WHEN s = 'never' THEN 3 WHEN s = 'pending' THEN 2 ELSE 1 END,
    CASE WHEN s = 'never' THEN 'suppressed_bounce' WHEN s = 'pending' THEN 'asked_now'
         WHEN place %% 3 = 0 THEN 'agreed' ELSE 'no_consent_needed' END,
    false, %(at)s, CASE WHEN s IN ('sent', 'unmeasured') THEN %(at)s END,
    CASE WHEN s IN ('failed', 'unknown') THEN s END,
    CASE WHEN s IN ('failed', 'unknown') THEN %(at)s END, 1, '', s = 'sent', s = 'sent'
FROM (SELECT m.*, row_number() OVER (ORDER BY id) AS place FROM made m) placed
JOIN unnest(%(states)s::text[]) WITH ORDINALITY AS states(s, place) USING (place)
RETURNING contact_id, sent_at IS NOT NULL AND measured_opens"""


def look_at_the_tables() -> None:
    """What autovacuum does within a minute: without statistics the planner guesses one row."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE assent_owner")
        cursor.execute(
            "ANALYZE contact, recipient, tracking_event, engagement, link_click, standing"
        )
        cursor.execute("SET LOCAL ROLE NONE")


def make_crowd(account: Account, people: int, *, seed: int = 6) -> Campaign:
    """A finished campaign with that many recipients; events are stored, not folded."""
    chance = random.Random(seed)
    at = timezone.now() - timedelta(days=3)
    campaign, _ = make_sent_campaign(account, people=1, links=4)
    with connection.cursor() as cursor:
        for table in ("recipient", "chunk"):
            cursor.execute(
                f"DELETE FROM {table} WHERE account_id = %s AND campaign_id = %s",
                [account.pk, campaign.pk],
            )
        states = [state for state, share in STATES.items() for _ in range(share * people // 1000)]
        states += ["sent"] * (people - len(states))
        chance.shuffle(states)
        cursor.execute(
            _PEOPLE,
            {
                "account": account.pk,
                "campaign": campaign.pk,
                "people": people,
                "at": at,
                "states": states,
            },
        )
        rows = cursor.fetchall()
        look_at_the_tables()
        events = [
            event
            for contact_id, is_measured in rows
            if is_measured
            for event in _events_of(campaign, contact_id, at, chance)
        ]
        for start in range(0, len(events), 1000):
            store(cursor, [Batch(tuple(events[start : start + 1000]))])
    counted = {state: states.count(state) for state in (*STATES, "sent")}
    Chunk.objects.create(
        account_id=account.pk,
        campaign_id=campaign.pk,
        number=1,
        kind="mail",
        lo=min(contact_id for contact_id, _ in rows),
        hi=max(contact_id for contact_id, _ in rows),
        planned=people,
        sent=counted["sent"] + counted["unmeasured"],
        never=counted["never"],
        never_reasons={"suppressed_bounce": counted["never"]},
        pending=counted["pending"],
        queued=counted["queued"],
        failed=counted["failed"],
        unknown=counted["unknown"],
        measured_opens=counted["sent"],
        measured_clicks=counted["sent"],
    )
    return campaign


def _events_of(
    campaign: Campaign, contact_id: int, sent_at: datetime, chance: random.Random
) -> list[Event]:
    """What one reader, proxy or machine did."""
    agent = chance.choice([PERSON, PERSON, PROXY, MACHINE, ""])
    if not agent:
        return []
    network = f"198.51.{chance.randrange(256)}"
    events = []
    for _ in range(chance.choice([1, 1, 2, 3])):
        is_click = chance.random() < 0.45
        events.append(
            Event(
                account=campaign.account_id,
                campaign=campaign.pk,
                contact=contact_id,
                at=sent_at
                + timedelta(
                    seconds=chance.choice([1, 5, 40, 4000, 90_000, 200_000]) + chance.randrange(900)
                ),
                kind="click" if is_click else "open",
                number=chance.randint(1, 4) if is_click else 0,
                method="GET",
                ip=f"{network}.7",
                network=f"{network}.0/24",
                agent=agent,
                signals=chance.choice(["lang fetch dest", ""]),
            )
        )
    return events
