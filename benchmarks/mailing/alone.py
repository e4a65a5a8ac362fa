"""sender, latency, django: our sender without database and workers, beside others on one sink."""

from collections.abc import Iterator
from functools import partial

from benchmarks import sink
from benchmarks.mailing import senders
from benchmarks.mailing.senders import Compared
from benchmarks.rows import Row

CONNECTIONS = 20
LATENCY_MS = 20


def sender_rows() -> Iterator[Row]:
    """Goal 1: one process, 20 connections, a fast sink, against smtp-source."""
    with sink.running() as far:
        ours = partial(senders.ours, far, count=40_000, connections=CONNECTIONS)
        program = senders.smtp_source()
        if program is None:
            found = senders.compared(ours, partial(senders.by_django, far, count=500))
            yield _row("sender: 20 connections", found, f"Django's backend; {_missing()}")
            return
        other = partial(senders.by_smtp_source, program, far, count=40_000, connections=CONNECTIONS)
        found = senders.compared(ours, other)
    kind = "C" if far.is_fast else "Python: no C compiler here, it may be the limit"
    yield _row("sender: 20 connections", found, f"smtp-source -s 20; the sink is in {kind}")


def latency_rows() -> Iterator[Row]:
    """Goal 3: every reply comes 20 ms late."""
    with sink.running(delay_ms=LATENCY_MS) as far:
        ours = partial(senders.ours, far, count=6_000, connections=CONNECTIONS)
        program = senders.smtp_source()
        if program is None:
            # Four round trips for a message without pipelining, whoever sends it.
            limit = CONNECTIONS / (4 * LATENCY_MS / 1000)
            speed = ours()
            found = Compared(speed, senders.Speed(limit, 0.0), speed.per_second / limit)
            against = f"four round trips a message, computed; {_missing()}"
        else:
            other = partial(
                senders.by_smtp_source, program, far, count=1_500, connections=CONNECTIONS
            )
            found, against = senders.compared(ours, other), "smtp-source -s 20"
    yield _row("latency: 20 ms a reply, 20 connections", found, against)


def django_rows() -> Iterator[Row]:
    """Goal 4: against Django's SMTP backend with the same template."""
    with sink.running() as far:
        ours = partial(senders.ours, far, count=40_000, connections=CONNECTIONS)
        found = senders.compared(ours, partial(senders.by_django, far, count=500))
    yield _row("django: 20 connections", found, "Django's EmailBackend, one kept connection")


def _row(name: str, found: Compared, against: str) -> Row:
    return Row(
        name=name,
        value=found.ours.per_second,
        unit="mails/s",
        reference=found.reference.per_second,
        against=against,
        ratio=found.ratio,
        cpu_us=found.ours.cpu_us,
        note=f"CPU of the reference {found.reference.cpu_us:,.0f} us",
    )


def _missing() -> str:
    return f"smtp-source is not here ({senders.HOW_TO_GET_IT})"
