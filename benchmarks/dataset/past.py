"""What happened: a campaign sent two days ago, who opened and clicked, and the ledger."""

from typing import Any, Final

_AT: Final = "now() - interval '2 days'"

# Of 100: 88 sent, 2 wait for consent, 7 never, 1 with errors, 1 unknown, 1 queued.
_RECIPIENTS: Final = f"""
INSERT INTO recipient (account_id, campaign_id, contact_id, chunk, address, address_hash, verdict,
    reason, reason_at, strict, prepared_at, wait_until, trouble, trouble_at, attempts, sent_at,
    reply, measured_opens, measured_clicks)
SELECT account_id, %(campaign)s, id, (place - 1) / 500, address, address_hash,
    CASE WHEN k < 2 THEN 2 WHEN k < 9 THEN 3 ELSE 1 END,
    CASE WHEN k < 2 THEN 'asked_now' WHEN k < 6 THEN 'unsubscribed' WHEN k < 8 THEN 'refused'
         WHEN k < 9 THEN 'suppressed_bounce' WHEN k %% 2 = 0 THEN 'agreed'
         ELSE 'no_consent_needed' END,
    {_AT} - interval '90 days', false, {_AT},
    CASE WHEN k < 2 THEN now() + interval '28 days' END,
    CASE k WHEN 9 THEN 'failed' WHEN 10 THEN 'unknown' END,
    CASE WHEN k IN (9, 10) THEN {_AT} END, CASE WHEN k BETWEEN 9 AND 98 THEN 1 ELSE 0 END,
    CASE WHEN k BETWEEN 11 AND 98 THEN {_AT} END,
    CASE WHEN k = 9 THEN '550 no such user' WHEN k BETWEEN 11 AND 98 THEN '250 ok' ELSE '' END,
    k > 40, k > 40
FROM (SELECT c.*, row_number() OVER (ORDER BY id) AS place, id / 5 %% 100 AS k
      FROM contact c WHERE account_id = %(account)s) c
ORDER BY id
"""

_REASONS: Final = ", ".join(
    f"'{reason}', nullif(count(*) FILTER (WHERE verdict = 3 AND reason = '{reason}'), 0)"
    for reason in ("unsubscribed", "refused", "suppressed_bounce")
)
_CHUNKS: Final = f"""
INSERT INTO chunk (account_id, campaign_id, number, kind, lo, hi, planned, queued, pending, sent,
    never, never_reasons, failed, unknown, measured_opens, measured_clicks, done_at, worker,
    generation)
SELECT account_id, campaign_id, chunk, 'mail', min(contact_id), max(contact_id), count(*),
    count(*) FILTER (WHERE verdict = 1 AND sent_at IS NULL AND trouble IS NULL),
    count(*) FILTER (WHERE verdict = 2), count(sent_at), count(*) FILTER (WHERE verdict = 3),
    nullif(jsonb_strip_nulls(jsonb_build_object({_REASONS})), '{{}}'),
    count(*) FILTER (WHERE trouble = 'failed'), count(*) FILTER (WHERE trouble = 'unknown'),
    count(*) FILTER (WHERE sent_at IS NOT NULL AND measured_opens),
    count(*) FILTER (WHERE sent_at IS NOT NULL AND measured_clicks), {_AT}, '', 1
FROM recipient WHERE account_id = %(account)s GROUP BY 1, 2, 3
"""

_ENGAGEMENT: Final = """
INSERT INTO engagement (account_id, campaign_id, contact_id, opens, opens_proxy, opened_first_at,
    clicks, clicked_first_at)
SELECT account_id, campaign_id, contact_id, (m < 4)::int, (m BETWEEN 4 AND 5)::int,
    CASE WHEN m < 4 THEN at END, (m IN (0, 6))::int, CASE WHEN m IN (0, 6) THEN at END
FROM (SELECT r.*, r.contact_id %% 10 AS m,
             r.sent_at + (r.contact_id %% 40) * interval '1 hour' AS at
      FROM recipient r WHERE account_id = %(account)s AND sent_at IS NOT NULL AND measured_opens) r
WHERE m < 7
"""

_SUMS: Final = (
    """INSERT INTO link_click (account_id, campaign_id, contact_id, number, judged_class, first_at,
           clicks)
       SELECT account_id, campaign_id, contact_id, 1 + contact_id %% 3, 'person',
           clicked_first_at, 1
       FROM engagement WHERE account_id = %(account)s AND clicks > 0""",
    """INSERT INTO campaign_totals (account_id, campaign_id, viewers, clickers, clicked_unseen,
           proxy_only)
       SELECT account_id, campaign_id, count(*) FILTER (WHERE opens > 0),
           count(*) FILTER (WHERE clicks > 0), count(*) FILTER (WHERE clicks > 0 AND opens = 0),
           count(*) FILTER (WHERE opens_proxy > 0)
       FROM engagement WHERE account_id = %(account)s GROUP BY 1, 2""",
    """INSERT INTO counter (account_id, campaign_id, kind, number, hour, judged_class, events)
       SELECT account_id, campaign_id, 'open', 0, date_trunc('hour', opened_first_at), 'person',
           count(*)
       FROM engagement WHERE account_id = %(account)s AND opens > 0 GROUP BY 1, 2, 5""",
    """INSERT INTO counter (account_id, campaign_id, kind, number, hour, judged_class, events)
       SELECT account_id, campaign_id, 'click', number, date_trunc('hour', first_at), 'person',
           count(*)
       FROM link_click WHERE account_id = %(account)s GROUP BY 1, 2, 4, 5""",
)

_FIRSTS: Final = """
INSERT INTO first_time (account_id, campaign_id, kind, number, hour, people)
SELECT account_id, campaign_id, 'open', 0, date_trunc('hour', opened_first_at, 'UTC'), count(*)
FROM engagement WHERE account_id = %(account)s AND opens > 0 GROUP BY 1, 2, 5
UNION ALL
SELECT account_id, campaign_id, 'click', 0, date_trunc('hour', clicked_first_at, 'UTC'), count(*)
FROM engagement WHERE account_id = %(account)s AND clicks > 0 GROUP BY 1, 2, 5
UNION ALL
SELECT account_id, campaign_id, 'click', number, date_trunc('hour', first_at, 'UTC'), count(*)
FROM link_click WHERE account_id = %(account)s GROUP BY 1, 2, 4, 5
"""

# The pages read no hash of the chain; one record for everybody, a value beside each.
_RECORDS: Final = f"""
INSERT INTO consent_record (account_id, seq, at, event, purpose, act, address_hash, contact_id,
    campaign_id, body, prev_hash, hash)
SELECT account_id, place, {_AT} + place * interval '1 millisecond',
    (ARRAY['asked','agreed','agreed','agreed','refused','withdrew','imported','imported',
           'agreed','bounced'])[1 + place %% 10],
    CASE WHEN place %% 10 IN (3, 8) THEN 'tracking' ELSE 'newsletter' END,
    (ARRAY['request_mail','button','button','box_ticked','button','one_click','import_proof',
           'import_proof','box_ticked','server'])[1 + place %% 10],
    address_hash, id, CASE WHEN place %% 10 < 6 THEN %(campaign)s::bigint END, '', '', ''
FROM (SELECT c.*, row_number() OVER (ORDER BY id) AS place
      FROM contact c WHERE account_id = %(account)s) c
"""

_PRIVATE: Final = """
INSERT INTO consent_private (account_id, seq, kind, salt, value)
SELECT r.account_id, r.seq, 'address', '', c.address
FROM consent_record r JOIN contact c ON c.account_id = r.account_id AND c.id = r.contact_id
WHERE r.account_id = %(account)s
"""


def make(cursor: Any, *, account_id: int, campaign_id: int) -> None:
    """Fill the sent campaign and the ledger of one account."""
    values = {"account": account_id, "campaign": campaign_id}
    for statement in (_RECIPIENTS, _CHUNKS, _ENGAGEMENT, *_SUMS, _FIRSTS, _RECORDS, _PRIVATE):
        cursor.execute("ANALYZE contact, recipient, engagement, link_click, consent_record")
        cursor.execute(statement, values)
