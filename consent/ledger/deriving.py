"""What the ledger says about an address: the one statement that writes standing.

The rules of product 3 and 5. The person's latest own act decides; an import with proof counts as a
yes only where the person never acted, and not where they had been asked before and the proof is
older than that request. Tracking: the latest act. Suppression: every reason's latest record.
"""

from typing import Final

from django.db import connection

# How a record blocks or unblocks: the reason it is about. An unblocking names it as its detail.
_REASON: Final = """
    CASE event
        WHEN 'complained' THEN 'complaint'
        WHEN 'bounced' THEN 'bounce'
        WHEN 'blocked' THEN CASE WHEN act IN ('import_claim', 'import_proof') THEN 'import'
                                 ELSE 'member' END
        ELSE lifted END"""

# What lies in the body is read once and by plain search: a pattern takes ten times as long.
_DERIVED: Final = f"""
WITH records AS MATERIALIZED (
    SELECT address_hash, r.seq, r.at, r.event, r.purpose, r.act, r.campaign_id,
        CASE WHEN r.event = 'unblocked'
            THEN substring(r.body FROM E'\\ndetail="(\\\\w+)"\\n') END AS lifted,
        CASE WHEN r.act = 'import_proof' THEN nullif(split_part(
            split_part(r.body, E'\\nproof_at="', 2), '"', 1), '')::timestamptz END AS proof_at
    FROM consent_record r {{people}} WHERE r.account_id = %(account)s),
own AS (
    SELECT DISTINCT ON (address_hash) address_hash, seq, at, CASE
        WHEN event IN ('agreed', 'refused') THEN event
        WHEN act IN ('one_click', 'footer_link', 'request_link', 'mailto') THEN 'unsubscribed'
        ELSE 'withdrew' END AS newsletter,
        CASE WHEN act = 'erased' THEN at END AS erased_at
    FROM records
    WHERE purpose = 'newsletter' AND (event IN ('refused', 'withdrew')
        OR event = 'agreed' AND act NOT IN ('member', 'api'))
    ORDER BY address_hash, seq DESC),
asked AS (
    SELECT DISTINCT ON (address_hash) address_hash, at, campaign_id FROM records
    WHERE event = 'asked' ORDER BY address_hash, seq DESC),
proofs AS (
    SELECT address_hash, seq, coalesce(proof_at, at) AS at
    FROM records WHERE event = 'imported' AND act = 'import_proof' AND purpose = 'newsletter'),
proof AS (
    SELECT DISTINCT ON (p.address_hash) p.* FROM proofs p
    WHERE NOT EXISTS (SELECT 1 FROM records a WHERE a.address_hash = p.address_hash
        AND a.event = 'asked' AND a.seq < p.seq AND a.at >= p.at)
    ORDER BY p.address_hash, p.seq DESC),
tracking AS (
    SELECT DISTINCT ON (address_hash) address_hash, seq, at,
        CASE event WHEN 'agreed' THEN 'yes' ELSE 'no' END AS choice
    FROM records WHERE purpose = 'tracking' AND event IN ('agreed', 'refused', 'withdrew')
    ORDER BY address_hash, seq DESC),
reasons AS (
    SELECT DISTINCT ON (address_hash, {_REASON}) address_hash, at, event, {_REASON} AS reason
    FROM records WHERE event IN ('complained', 'bounced', 'blocked', 'unblocked')
    ORDER BY address_hash, {_REASON}, seq DESC),
suppressed AS (
    SELECT DISTINCT ON (address_hash) address_hash, at, reason
    FROM reasons WHERE event <> 'unblocked'
    ORDER BY address_hash,
        array_position(ARRAY['complaint', 'bounce', 'member', 'import'], reason)),
derived AS (
    SELECT h.address_hash,
        coalesce(own.newsletter, CASE WHEN proof.seq IS NOT NULL THEN 'agreed' ELSE '' END)
            AS newsletter,
        coalesce(own.at, proof.at) AS newsletter_at,
        coalesce(own.seq, proof.seq) AS newsletter_seq,
        own.seq IS NULL AND proof.seq IS NOT NULL AS newsletter_imported,
        coalesce(tracking.choice, '') AS tracking,
        tracking.at AS tracking_at, tracking.seq AS tracking_seq,
        asked.at AS asked_at, asked.campaign_id AS asked_campaign_id,
        coalesce(suppressed.reason, '') AS suppressed, suppressed.at AS suppressed_at,
        own.erased_at
    FROM (SELECT DISTINCT address_hash FROM records) h
    LEFT JOIN own USING (address_hash) LEFT JOIN asked USING (address_hash)
    LEFT JOIN proof USING (address_hash) LEFT JOIN tracking USING (address_hash)
    LEFT JOIN suppressed USING (address_hash))
"""

_COLUMNS: Final = (
    "newsletter, newsletter_at, newsletter_seq, newsletter_imported, tracking, tracking_at, "
    "tracking_seq, asked_at, asked_campaign_id, suppressed, suppressed_at, erased_at"
)

_WRITE: Final = f"""
INSERT INTO standing (account_id, address_hash, {_COLUMNS})
SELECT %(account)s, address_hash, {_COLUMNS} FROM derived
ON CONFLICT (account_id, address_hash) DO UPDATE
SET ({_COLUMNS}) = ({", ".join(f"excluded.{name.strip()}" for name in _COLUMNS.split(","))})
RETURNING address_hash, newsletter, suppressed
"""

_COMPARE: Final = f"""
SELECT count(*) FROM derived d
FULL JOIN (SELECT address_hash, {_COLUMNS} FROM standing WHERE account_id = %(account)s) s
    USING (address_hash)
WHERE ({", ".join(f"d.{name.strip()}" for name in _COLUMNS.split(","))})
    IS DISTINCT FROM ({", ".join(f"s.{name.strip()}" for name in _COLUMNS.split(","))})
"""

_SOME: Final = (
    "JOIN (SELECT DISTINCT unnest(%(hashes)s::bytea[]) AS address_hash) p USING (address_hash)"
)

# address hash -> (newsletter, suppressed)
Said = dict[bytes, tuple[str, str]]


def derive_standing(account_id: int, hashes: list[bytes]) -> Said:
    """Write the standing of these addresses anew from the ledger; what it says now.

    Call inside `use_account`, after appending, in the same transaction.
    """
    sql = _DERIVED.format(people=_SOME) + _WRITE
    with connection.cursor() as cursor:
        cursor.execute(sql, {"account": account_id, "hashes": hashes})
        return {bytes(row[0]): (row[1], row[2]) for row in cursor.fetchall()}


def rebuild_standing(account_id: int) -> int:
    """Write every standing of the account anew from the ledger; the number of addresses.

    A row that no record explains is left alone. Call inside `use_account`.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DERIVED.format(people="") + _WRITE, {"account": account_id})
        return int(cursor.rowcount)


def standing_off(account_id: int) -> int:
    """How many addresses stand otherwise than the ledger says, or stand without a record.

    Call inside `use_account`.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DERIVED.format(people="") + _COMPARE, {"account": account_id})
        return int(cursor.fetchone()[0])


def standing_before(account_id: int, hashes: list[bytes]) -> Said:
    """What standing said before: addresses without a row are left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT address_hash, newsletter, suppressed FROM standing"
            " WHERE account_id = %s AND address_hash = ANY(%s::bytea[])",
            [account_id, hashes],
        )
        return {bytes(row[0]): (row[1], row[2]) for row in cursor.fetchall()}
