"""engine: the whole engine in Celery workers, two processes, a stored result for each recipient."""

import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from django.db import connection
from django.utils import timezone

from benchmarks import sink
from benchmarks.copying import RUN, as_owner
from benchmarks.mailing import sample, senders, workers
from benchmarks.mailing.senders import HOW_TO_GET_IT, Speed
from benchmarks.mailing.workers import CONNECTIONS, PROCESSES
from benchmarks.measuring import Measured, measured
from benchmarks.rows import Row
from benchmarks.sink import Sink
from campaigns.launching.preparing import chunk_of
from campaigns.models import Campaign, Chunk
from marketing.models import User
from marketing.opening.accounts import Company, next_account_id, open_account
from marketing.tenancy import no_account, use_account
from settings.celery import app

PEOPLE = 100_000
WARM_UP = 5_000
_PATIENCE = 600.0

_PEOPLE = """
INSERT INTO contact (account_id, address, address_key, address_hash, first_name, last_name, country,
    language, fields, search_text, basis, basis_evidence, basis_attested, source, created_at,
    changed_at)
SELECT %(account)s, a.address, a.address, sha256(convert_to(a.address, 'UTF8')),
    (ARRAY['Ana', 'Zoë', 'Tom', 'Jürgen', 'Mia', 'Renée', 'Li', 'Noor'])[1 + n %% 8], '', 'US', '',
    '{}', a.address, '', '', false, 'bench', now(), now()
FROM generate_series(1, %(people)s) n, LATERAL (SELECT 'p' || n || '@people.example') a(address)
"""
_RECIPIENTS = """
INSERT INTO recipient (account_id, campaign_id, contact_id, chunk, address, address_hash, verdict,
    reason, strict, prepared_at, attempts, reply, measured_opens, measured_clicks)
SELECT c.account_id, %(campaign)s, c.id, (row_number() OVER (ORDER BY c.id) - 1) / %(size)s,
    c.address, c.address_hash, 1, 'no_consent_needed', false, now(), 0, '', false, false
FROM contact c WHERE c.account_id = %(account)s ORDER BY c.id
"""
_CHUNKS = """
INSERT INTO chunk (account_id, campaign_id, number, kind, lo, hi, planned, queued, pending, sent,
    never, failed, unknown, worker, generation)
SELECT account_id, campaign_id, chunk, 'mail', min(contact_id), max(contact_id), count(*),
    count(*), 0, 0, 0, 0, 0, '', 0
FROM recipient WHERE account_id = %(account)s AND campaign_id = %(campaign)s
GROUP BY 1, 2, 3
"""


def rows() -> Iterator[Row]:
    """Goal 2: against two smtp-source, all on the cores that are there."""
    with sink.running() as far:
        took, people = send_all(far)
        reference, against = _reference(far)
    value = people / took.seconds
    yield Row(
        name=f"engine: {people:,} recipients, {PROCESSES} processes",
        value=value,
        unit="mails/s",
        reference=reference.per_second if reference else None,
        against=against,
        ratio=value / reference.per_second if reference else None,
        cpu_us=took.cpu_us(people),
        note="CPU with the workers and PostgreSQL",
    )


def send_all(far: Sink) -> tuple[Measured, int]:
    """Send a campaign by warm workers; from the first bell to the last stored result."""
    with tempfile.TemporaryDirectory() as state, workers.running(far, Path(state)) as run:
        wait = partial(run.wait, patience=_PATIENCE)
        wait(lambda: len(_children(run.pid)) >= PROCESSES, "the worker's processes")
        first = make_campaign(WARM_UP)
        wait(_rung(lambda: queued(first) == 0), "workers that have sent before")
        campaign = make_campaign(PEOPLE)
        before, people = far.messages, queued(campaign)
        with measured(run.pid, *_children(run.pid)) as took:
            for _ in range(PROCESSES):
                ring()
            wait(_rung(lambda: queued(campaign) == 0), "nobody queued")
        assert far.messages - before == people, "each mail once"
    return took, people


def make_campaign(people: int) -> Campaign:
    """An account whose campaign runs, with the benchmark's mail, to so many people."""
    now = timezone.now()
    with no_account():
        account_id = next_account_id()
        user = User.objects.create_user(f"owner{account_id}@bench.example", None, name="Olga")
    company = Company("Bench", "US", "UTC", "12 Main Street, Springfield")
    with use_account(account_id), connection.cursor() as cursor:
        opened = open_account(account_id, company, owner=user)
        campaign = Campaign.objects.create(
            account=opened.account,
            name="Bench",
            state=Campaign.State.SENDING,
            sender=opened.first_sender,
            subject="What we like best, {{ contact.first_name }}",
            track_opens=True,
            track_clicks=True,
            require_consent=False,
            frozen_country="US",
            html=_ours(sample.HTML),
            text=_ours(sample.TEXT),
            launched_at=now,
            prepared_at=now,
            joiners_looked_at=now,
        )
        params = {"account": account_id, "campaign": campaign.pk, "people": people}
        params["size"] = chunk_of(people)
        for statement in (_PEOPLE, _RECIPIENTS, _CHUNKS):
            cursor.execute(statement, params)
    owner = as_owner(RUN)
    with owner.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE contact, recipient, chunk")
    owner.close()
    return campaign


def _ours(text: str) -> str:
    """The sample's fields by the names of campaigns."""
    words = {
        "{{ name }}": "{{ contact.first_name }}",
        "https://bench.example/u/{{ leave }}": "{{ unsubscribe_url }}",
        '<img src="https://t.example/pixel/{{ track }}.gif" alt="">': "",
        "https://t.example/link/{{ track }}": "https://shop.example/things",
    }
    for theirs, own in words.items():
        text = text.replace(theirs, own)
    return text


def _reference(far: Sink) -> tuple[Speed | None, str]:
    program = senders.smtp_source()
    if program is None:
        return None, f"smtp-source is not here ({HOW_TO_GET_IT})"
    one = partial(
        senders.by_smtp_source, program, far, count=PEOPLE // PROCESSES, connections=CONNECTIONS
    )
    start = time.perf_counter()
    with ThreadPoolExecutor(PROCESSES) as pool:
        runs = [future.result() for future in [pool.submit(one) for _ in range(PROCESSES)]]
    seconds = time.perf_counter() - start
    speed = Speed(PEOPLE / seconds, sum(run.cpu_us for run in runs) / PROCESSES)
    return speed, f"{PROCESSES} x smtp-source -s {CONNECTIONS}"


def ring() -> None:
    """As the dispatcher does each second."""
    app.send_task("campaigns.sending.send", queue="send", expires=10)


def queued(campaign: Campaign) -> int:
    """How many are still to be sent."""
    with use_account(campaign.account_id):
        chunks = Chunk.objects.for_account(campaign.account_id).filter(campaign_id=campaign.pk)
        return sum(chunks.filter(done_at=None).values_list("queued", flat=True))


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listed.read_text().split()] if listed.exists() else []


def _rung(condition: Callable[[], bool]) -> Callable[[], bool]:
    """The condition, looked at with a bell each second."""
    rang = time.monotonic()

    def look() -> bool:
        nonlocal rang
        if time.monotonic() - rang > 1.0:
            ring()
            rang = time.monotonic()
        return condition()

    return look
