"""Journals that nobody will read again: their holder died and the outcome got written all the same.

A journal is kept as long as its outcome is open: it is why nobody is sent two mails when a paused
campaign goes on weeks later.
"""

import re
import time
from collections.abc import Sequence
from pathlib import Path

from django.db import connection

from campaigns.recipients.states import state_sql
from campaigns.sending import workers
from marketing.tenancy import every_account

OLD_SECONDS = 3600.0
# chunk-<id>, or due-<kind>-<account>-<campaign>-<contact>-<attempts>; then the generation
_NAME = re.compile(r"(?:due-)?(mail|request|chunk)-([\d-]+)\.\d+\.journal")

# Still open: the attempt of this very count has not been written down.
_OPEN = {
    "mail": f"""SELECT u.place FROM unnest(%s::int[], %s::bigint[], %s::bigint[], %s::bigint[],
            %s::int[]) AS u(place, account_id, campaign_id, contact_id, attempts)
        JOIN recipient r ON r.account_id = u.account_id AND r.campaign_id = u.campaign_id
            AND r.contact_id = u.contact_id AND r.attempts = u.attempts
        WHERE ({state_sql(stopped="false")}) = 'queued'""",
    "request": """SELECT u.place FROM unnest(%s::int[], %s::bigint[], %s::bigint[], %s::bigint[],
            %s::int[]) AS u(place, account_id, campaign_id, contact_id, attempts)
        JOIN consent_request q ON q.account_id = u.account_id AND q.campaign_id = u.campaign_id
            AND q.contact_id = u.contact_id AND q.attempts = u.attempts
        WHERE q.state = 'open'""",
    "chunk": """SELECT u.place FROM unnest(%s::int[], %s::bigint[]) AS u(place, id)
        JOIN chunk c ON c.id = u.id WHERE c.done_at IS NULL""",
}


def sweep(*, older_than: float = OLD_SECONDS) -> int:
    """Remove this host's old journals whose outcomes are in the database. Returns how many."""
    removed = 0
    for kind, found in _old_journals(older_than).items():
        is_open = _open_places(kind, [numbers for _, numbers in found])
        for place, (path, _) in enumerate(found):
            if place not in is_open:
                path.unlink(missing_ok=True)
                removed += 1
    return removed


def _old_journals(older_than: float) -> dict[str, list[tuple[Path, tuple[int, ...]]]]:
    """Path and the numbers in its name, by kind."""
    found: dict[str, list[tuple[Path, tuple[int, ...]]]] = {}
    for path in workers.folder("journal").glob("*.journal"):
        read = _NAME.fullmatch(path.name)
        if read is not None and _is_older(path, older_than):
            numbers = tuple(int(number) for number in read[2].split("-"))
            found.setdefault(read[1], []).append((path, numbers))
    return found


def _is_older(path: Path, seconds: float) -> bool:
    try:
        return time.time() - path.stat().st_mtime >= seconds
    except FileNotFoundError:
        return False


def _open_places(kind: str, numbers: Sequence[tuple[int, ...]]) -> set[int]:
    columns = [list(range(len(numbers))), *(list(column) for column in zip(*numbers, strict=True))]
    with every_account(), connection.cursor() as cursor:
        cursor.execute(_OPEN[kind], columns)
        return {row[0] for row in cursor.fetchall()}
