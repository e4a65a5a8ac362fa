"""dkim: messages signed by two threads, beside what openssl's own RSA reaches on two cores."""

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from benchmarks.mailing import sample
from benchmarks.mailing.senders import Speed, compared
from benchmarks.rows import Row
from mailwire.compiled import CompiledMail
from mailwire.dkim import DkimKey, DkimSigner

THREADS = 2
_SECONDS = 3.0


def rows() -> Iterator[Row]:
    """Goal 5: RSA-2048, the whole message, against the bare signatures of `openssl speed`."""
    key = DkimKey("bench", generate_private_key(public_exponent=65537, key_size=2048))
    signer = DkimSigner("bench.example", [key])
    raws = [raw for _, raw in sample.mails(200)]
    has_openssl = shutil.which("openssl") is not None
    bare = _openssl if has_openssl else partial(_in_threads, key.signature, raws)
    # What the engine knows of a campaign's mails once it has compiled them.
    signed = partial(signer.signed, is_relaxed=CompiledMail(sample.PATTERN).is_relaxed)
    found = compared(partial(_in_threads, signed, raws), bare)
    yield Row(
        name="dkim: RSA-2048, two threads",
        value=found.ours.per_second,
        unit="mails/s",
        reference=found.reference.per_second,
        against=f"openssl speed -multi {THREADS} rsa2048"
        if has_openssl
        else "no openssl here: the bare signatures of the same library",
        ratio=found.ratio,
        cpu_us=found.ours.cpu_us,
    )


def _in_threads(work: Callable[[bytes], bytes], raws: list[bytes]) -> Speed:
    count, cpu, start = 0, time.process_time(), time.perf_counter()
    shares = [raws[at::THREADS] for at in range(THREADS)]  # as the engine does
    with ThreadPoolExecutor(THREADS) as pool:
        while time.perf_counter() - start < _SECONDS:
            count += sum(pool.map(lambda share: len([work(raw) for raw in share]), shares))
        seconds = time.perf_counter() - start
    return Speed(count / seconds, (time.process_time() - cpu) / count * 1e6)


def _openssl() -> Speed:
    """Signatures per second of as many processes, without hashing and without messages.

    By the clock, as ours: without -elapsed it counts its own CPU time only.
    """
    command = ["openssl", "speed", "-elapsed", "-seconds", "3", "-multi", str(THREADS), "rsa2048"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    line = re.search(r"rsa 2048 bits\s+\S+s\s+\S+s\s+([\d.]+)", told)
    assert line is not None, f"openssl says something else: {told[-300:]}"
    return Speed(float(line[1]), 0.0)
