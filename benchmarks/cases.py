"""The cases by name; a case that fails says so and leaves the others alone."""

import traceback
from collections.abc import Callable, Iterable, Iterator

from benchmarks import consents, folding, importing, launch, pages, tracking
from benchmarks.mailing import alone, crash, signing, whole
from benchmarks.rows import HEAD, Row, say, tell

CASES: dict[str, Callable[[], Iterator[Row]]] = {
    "sender": alone.sender_rows,
    "latency": alone.latency_rows,
    "django": alone.django_rows,
    "dkim": signing.rows,
    "engine": whole.rows,
    "crash": crash.rows,
    "launch": launch.rows,
    "pages": pages.rows,
    "tracking": tracking.rows,
    "folding": folding.rows,
    "import": importing.rows,
    "ledger": consents.rows,
}


def run(wanted: Iterable[str]) -> None:
    """Measure the cases in their order, a line as soon as it is known."""
    say(HEAD)
    for name in [name for name in CASES if name in set(wanted)]:
        try:
            for row in CASES[name]():
                tell(row)
        except Exception:  # noqa: BLE001 - the next case is measured all the same
            say(f"{name}: not measured\n{traceback.format_exc()}")
