"""Senders, ours and others', measured alike: messages per second and the sender's own CPU."""

import asyncio
import os
import resource
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import uvloop
from django.core.mail import EmailMultiAlternatives, get_connection

from benchmarks.mailing import sample
from benchmarks.sink import Sink
from mailwire.client import Letter, Way, deliver_all
from mailwire.outcomes import Kind, Outcome
from mailwire.relay import Relay

HOW_TO_GET_IT = (
    "for smtp-source: apt-get install postfix, or unpack it (apt-get download postfix; "
    "dpkg-deb -x postfix*.deb somewhere) and set SMTP_SOURCE=somewhere/usr/sbin/smtp-source"
)


@dataclass(frozen=True)
class Speed:
    """One run of a sender; `cpu_us` per message, of the sender alone."""

    per_second: float
    cpu_us: float


@dataclass(frozen=True)
class Compared:
    """Runs in turn, each beside the reference's: on a busy machine only neighbours compare."""

    ours: Speed
    reference: Speed
    ratio: float


def compared(ours: Callable[[], Speed], other: Callable[[], Speed], *, rounds: int = 3) -> Compared:
    """The middle of some rounds, and of their ratios."""
    pairs = [(other(), ours()) for _ in range(rounds)]
    return Compared(
        ours=_middle([own for _, own in pairs]),
        reference=_middle([reference for reference, _ in pairs]),
        ratio=median(own.per_second / reference.per_second for reference, own in pairs),
    )


def ours(sink: Sink, *, count: int, connections: int) -> Speed:
    """Our sender: each mail made for its person, pipelined, one process."""
    before, cpu, start = sink.messages, time.process_time(), time.perf_counter()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_deliver(sink.port, count, connections))
    speed = _speed(count, start, time.process_time() - cpu)
    assert sink.messages - before == count, "the sink did not get them all"
    return speed


async def _deliver(port: int, count: int, connections: int) -> None:
    way = Way(relay=Relay(host="127.0.0.1", port=port), hello_name="bench.example", most=count)
    bad: list[Outcome] = []

    def ended(_: Letter, outcome: Outcome) -> None:
        if outcome.kind is not Kind.ACCEPTED:
            bad.append(outcome)

    await deliver_all(way, _letters(count), ended, connections=connections)
    assert not bad, bad[0]


def _letters(count: int) -> Iterator[Letter]:
    for person, raw in sample.mails(count):
        yield Letter(sample.envelope_sender(person), person.address, raw)


def smtp_source() -> Path | None:
    """Postfix's load generator, where it is installed or told by SMTP_SOURCE."""
    told = os.environ.get("SMTP_SOURCE") or shutil.which("smtp-source")
    found = Path(told or "/usr/sbin/smtp-source")
    return found if found.exists() else None


def by_smtp_source(program: Path, sink: Sink, *, count: int, connections: int) -> Speed:
    """As many and as large by smtp-source: C, one text for all, lines kept, no pipelining."""
    libraries = program.parent.parent / "lib" / "postfix"  # beside it where it was only unpacked
    command = [str(program), "-d", "-s", str(connections), "-m", str(count), "-l", str(_size())]
    cpu, start = _children(), time.perf_counter()
    subprocess.run(
        [*command, "-f", sample.SENDER, "-t", "p@people.example", f"127.0.0.1:{sink.port}"],
        check=True,
        env=os.environ | {"LD_LIBRARY_PATH": str(libraries)},
    )
    return _speed(count, start, _children() - cpu)


def by_django(sink: Sink, *, count: int) -> Speed:
    """Django's own backend on one kept connection; the same template, filled by str.replace."""
    backend = get_connection(
        "django.core.mail.backends.smtp.EmailBackend", host="127.0.0.1", port=sink.port
    )
    cpu, start = time.process_time(), time.perf_counter()
    backend.open()
    for person in sample.people(count):
        backend.send_messages([_django_message(person)])
    backend.close()
    return _speed(count, start, time.process_time() - cpu)


def _django_message(person: sample.Person) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        subject=_filled(sample.SUBJECT, person),
        body=_filled(sample.TEXT, person),
        from_email=f"Bench <{sample.SENDER}>",
        to=[person.address],
        headers={
            "Message-ID": person.message_id,
            "List-Unsubscribe": _filled(sample.LEAVE, person),
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    message.attach_alternative(_filled(sample.HTML, person), "text/html")
    return message


def _filled(template: str, person: sample.Person) -> str:
    for name, value in person.values.items():
        template = template.replace(f"{{{{ {name} }}}}", value)
    return template


def _size() -> int:
    return len(next(sample.mails(1))[1])


def _speed(count: int, start: float, cpu: float) -> Speed:
    return Speed(count / (time.perf_counter() - start), cpu / count * 1e6)


def _middle(speeds: list[Speed]) -> Speed:
    return Speed(
        median(speed.per_second for speed in speeds), median(speed.cpu_us for speed in speeds)
    )


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
