"""A long ledger in the copy of one run: years of records of both accounts, the large one's many."""

from typing import Any, Final

from benchmarks.copying import as_owner
from benchmarks.dataset.accounts import Cast
from consent.forms.models import ConsentForm, TextVersion
from consent.forms.versions import latest, standard_form
from marketing.tenancy import use_account

# The trigger guards the ledger; the copy of a run is thrown away.
_CLEAR: Final = """
ALTER TABLE consent_record DISABLE TRIGGER consent_record_append_only;
TRUNCATE consent_record, consent_count, consent_day;
ALTER TABLE consent_record ENABLE TRIGGER consent_record_append_only;
"""

# Over two years, the same people again and again; an old form, long put away, was shown to few.
_RECORDS: Final = """
INSERT INTO consent_record (account_id, seq, at, event, purpose, act, address_hash, contact_id,
    text_version_id, body, prev_hash, hash)
SELECT p.account_id, %(base)s + p.place,
    now() - interval '800 days' * (1 - (%(base)s + p.place)::float / (%(records)s + 1)),
    CASE WHEN %(base)s + p.place <= 20 THEN 'expired' ELSE
    (ARRAY['asked','agreed','agreed','agreed','refused','withdrew','imported','imported',
           'agreed','bounced'])[1 + p.place %% 10] END,
    CASE WHEN p.place %% 1000 = 3 THEN 'tracking' ELSE 'newsletter' END,
    (ARRAY['request_mail','button','button','box_ticked','button','one_click','import_proof',
           'import_proof','box_ticked','server'])[1 + p.place %% 10],
    p.address_hash, p.id,
    CASE WHEN %(base)s + p.place <= 40 THEN %(old)s
         WHEN p.place %% 10 IN (0, 1, 2, 3) THEN %(text)s::bigint END, '', '', ''
FROM (SELECT c.*, row_number() OVER (ORDER BY id) AS place
      FROM contact c WHERE account_id = %(account)s LIMIT %(most)s) p
"""


def lengthen(name: str, wanted: dict[str, tuple[Cast, int]]) -> None:
    """Give each account (by size) so many records in place of those it has."""
    connection = as_owner(name)
    with connection.cursor() as cursor:
        cursor.execute(_CLEAR)
        for cast, records in wanted.values():
            _fill(cursor, cast, records)
        cursor.execute("VACUUM ANALYZE consent_record")
    connection.close()


def _fill(cursor: Any, cast: Cast, records: int) -> None:
    values = _texts(cast) | {"account": cast.account.pk, "records": records, "base": 0}
    while (missing := records - values["base"]) > 0:
        cursor.execute(_RECORDS, values | {"most": missing})
        values["base"] += cursor.rowcount


def _texts(cast: Cast) -> dict[str, int]:
    """The text in use, and that of a form which few have seen."""
    with use_account(cast.account):
        text = latest(standard_form(cast.account), "en")
        form = ConsentForm.objects.create(account=cast.account, name="Old fair")
        words = {
            name: getattr(text, name)
            for name in ("number", "language", "subject", "question", "text", "yes", "no", "hash")
        }
        old = TextVersion.objects.create(account=cast.account, form=form, **words)
    return {"text": text.pk, "old": old.pk}
