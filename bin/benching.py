"""`make bench`: measures on a PostgreSQL of its own that keeps every promise about power cuts.

Its state lies in .local/bench and is kept, the data set of a million contacts is made once.
"""

import os
import signal
from functools import partial

from bin import environment
from bin.installing import python_env
from bin.installing.stamps import once
from bin.places import PYTHON, ROOT, Place
from bin.running import claiming
from bin.running.programs import spawn
from bin.running.supervisor import Stopped, Supervisor
from bin.serving import database, starting
from bin.trouble import Trouble, say

BENCH = Place("bench")
PORT = 8000


def run() -> int:
    """0 when every case was measured: how fast it was fails nothing."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        if os.environ.get(name):
            raise Trouble(f"make bench measures servers of its own: unset {name}.")
    with claiming.alone(BENCH), Supervisor() as supervisor:
        say("Setting up")
        with claiming.setting_up():
            python_env.prepare()
        given = starting.start(supervisor, BENCH)
        env = environment.of_demo(BENCH, port=PORT, servers=given)
        prepare(env)
        return measure(env)


def prepare(env: dict[str, str]) -> None:
    """Empty tables, from which the data sets are copied."""
    inputs = [ROOT / "requirements-dev.txt", *sorted(ROOT.glob("*/migrations/*.py"))]
    work = partial(database.migrate, env)
    stamp = BENCH.state / "migrate.stamp"
    once("Database tables", work, stamp=stamp, inputs=inputs, result=BENCH.state)


def measure(env: dict[str, str]) -> int:
    """ONLY, BENCH_JSON and BENCH_PEOPLE go to the cases as they are."""
    process = spawn([PYTHON, "-m", "benchmarks"], end_signal=signal.SIGTERM, cwd=ROOT, env=env)
    try:
        return process.wait()
    except Stopped:
        process.terminate()
        process.wait()
        raise
