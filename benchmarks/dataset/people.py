"""Contacts over twelve countries with what each said last, made in SQL as the tables' owner."""

import hashlib
from typing import Any, Final

# The keyed hash of marketing.audience.hashing, so that an address typed into a page is found.
_HASH: Final = "sha256(%(opad)s || sha256(%(ipad)s || convert_to(p.address, 'UTF8')))"

_PEOPLE: Final = f"""
CREATE TEMPORARY TABLE person AS
SELECT p.*, {_HASH} AS hash FROM (
    SELECT n, f.first, f.last,
        lower(f.first || '.' || f.last) || '.' || n || '@mail' || n %% 40 || '.example' AS address,
        (ARRAY['US','US','US','US','US','US','US','GB','GB','DE','DE','FR','FR','ES','CA','IT',
               'JP','BR','IN',''])[1 + n %% 20] AS country
    FROM generate_series(1, %(people)s) n
    CROSS JOIN LATERAL (SELECT
        (ARRAY['Ana','Ben','Cleo','Dora','Emil','Finn','Gina','Hugo','Ines','Jan','Kira','Luis',
               'Mara','Nils','Olga','Paul','Rita','Sara','Tom','Vera'])[1 + n / 7 %% 20] AS first,
        -- 1,920 surnames: with twenty, each three letters of one are those of fifty thousand.
        (ARRAY['Ad','Bran','Cost','Dub','Ev','Fisch','Garc','Hans','Ivan','Jens','Kell','Lund',
               'Mor','Nov','Ols','Pet','Ross','Silv','Tan','Web','Brook','Clem','Dim','Egg','Frost',
               'Glad','Holl','Ing','Jorg','Krist','Lamb','Mont','Nord','Osk','Pras','Quint','Reich',
               'Stein','Thom','Ulr'])[1 + n / 140 %% 40]
        || (ARRAY['ler','dt','ani','ois','berg','er','ia','en','ov','by','man','quist','eau','ak',
               'sen','it','i','ova','aka','ster','field','ton','worth','hoff','bach','dal','gard',
               'holm','inger','kamp','lein','mark','nagel','oni','pold','rup','scu','thal','ucci',
               'vik','wald','zyk','ard','ell','ford','hurst','ington','ley'])[1 + n / 5600 %% 48]
            AS last) f) p
"""

# Of 100: 40 agreed, 4 unsubscribed, 2 refused, 3 suppressed, 5 asked and silent, 46 said nothing.
_STANDING: Final = """
INSERT INTO standing (account_id, address_hash, newsletter, newsletter_at, newsletter_imported,
    tracking, tracking_at, asked_at, suppressed, suppressed_at)
SELECT %(account)s, hash,
    CASE WHEN k < 40 THEN 'agreed' WHEN k < 44 THEN 'unsubscribed' WHEN k < 46 THEN 'refused'
         ELSE '' END,
    CASE WHEN k < 46 THEN now() - interval '200 days' END, k < 10,
    CASE WHEN k < 30 THEN 'yes' WHEN k < 33 THEN 'no' ELSE '' END,
    CASE WHEN k < 33 THEN now() - interval '200 days' END,
    CASE WHEN k >= 49 THEN now() - interval '100 days' END,
    CASE WHEN k = 46 THEN 'complaint' WHEN k IN (47, 48) THEN 'bounce' ELSE '' END,
    CASE WHEN k BETWEEN 46 AND 48 THEN now() - interval '50 days' END
FROM (SELECT hash, n / 3 %% 100 AS k FROM person) said WHERE k < 54
"""

_CONTACTS: Final = """
INSERT INTO contact (account_id, address, address_key, address_hash, first_name, last_name, country,
    language, fields, search_text, basis, basis_evidence, basis_attested, source, consent, tracking,
    created_at, changed_at)
SELECT %(account)s, p.address, p.address, p.hash, p.first, p.last, p.country, 'en',
    jsonb_build_object('city', 'Town ' || p.n %% 500),
    lower(p.first || ' ' || p.last || ' ' || p.address),
    b.basis, CASE b.basis WHEN '' THEN '' ELSE 'order' END, b.basis <> '', 'Import, row ' || p.n,
    contact_consent(b.basis, s.newsletter, s.asked_at IS NOT NULL, s.suppressed),
    coalesce(s.tracking, ''), now() - interval '1 year', now() - interval '1 year'
FROM person p
CROSS JOIN LATERAL (SELECT CASE p.n %% 11 WHEN 0 THEN 'existing_customer' ELSE '' END AS basis) b
LEFT JOIN standing s ON s.account_id = %(account)s AND s.address_hash = p.hash
ORDER BY p.n
"""

_COUNTS: Final = """
INSERT INTO contact_count (account_id, consent, tracking, country, people)
SELECT account_id, consent, tracking, country, count(*) FROM contact WHERE account_id = %(account)s
GROUP BY 1, 2, 3, 4
"""


def make(cursor: Any, *, account_id: int, people: int, key: bytes) -> None:
    """Fill one account.

    The triggers that keep contact and counts in step are left out, their sums are made here.
    """
    block = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    values = {
        "account": account_id,
        "people": people,
        "ipad": bytes(byte ^ 0x36 for byte in block),
        "opad": bytes(byte ^ 0x5C for byte in block),
    }
    cursor.execute("ALTER TABLE contact DISABLE TRIGGER USER")
    cursor.execute("ALTER TABLE standing DISABLE TRIGGER USER")
    for statement in (_PEOPLE, "ANALYZE person", _STANDING, "ANALYZE standing", _CONTACTS, _COUNTS):
        cursor.execute(statement, values)
    cursor.execute("ALTER TABLE contact ENABLE TRIGGER USER")
    cursor.execute("ALTER TABLE standing ENABLE TRIGGER USER")
    cursor.execute("DROP TABLE person")
