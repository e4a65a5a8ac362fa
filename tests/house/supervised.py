"""Run by test_bootstrap_running.py in a process of its own: children under the real supervisor.

`python -m tests.house.supervised sleepers DIR` or `servers DIR`; one line of JSON when ready.
"""

import json
import os
import sys
from pathlib import Path

from bin.places import Place
from bin.running import claiming
from bin.running.supervisor import Child, Stopped, Supervisor, listen_for_the_end
from bin.serving.postgres import Postgres
from bin.serving.valkey import Valkey
from bin.trouble import Trouble

# a child with a grandchild, as Celery and granian are
FAMILY = "import subprocess, sys, time; subprocess.Popen(['sleep', '600']); time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


def sleepers(supervisor: Supervisor, place: Place) -> dict[str, int]:
    """Two layers: one child that leaves a grandchild behind, one that will not hear."""
    children = [
        Child(
            name, [sys.executable, "-c", code], log=place.logs / f"{name}.log", env=dict(os.environ)
        )
        for name, code in (("family", FAMILY), ("stubborn", STUBBORN))
    ]
    supervisor.start(children[:1])
    supervisor.start(children[1:])
    return {child.name: child.pid for child in children}


def servers(supervisor: Supervisor, place: Place) -> dict[str, int | str]:
    postgres = Postgres(place, careless=True)
    database = postgres.start()
    supervisor.adopt(database)
    redis = Valkey(place).start()
    supervisor.adopt(redis)
    return {
        "postgres": database.pid,
        "redis": redis.pid,
        "data": str(postgres.data),
        "url": postgres.url("postgres").replace("/assent?", "/postgres?"),
    }


def main(kind: str, folder: Path) -> int:
    listen_for_the_end()
    place = Place("trial", folder)
    try:
        with claiming.alone(place), Supervisor(patience=2) as supervisor:
            made = sleepers(supervisor, place) if kind == "sleepers" else servers(supervisor, place)
            sys.stdout.write(json.dumps(made) + "\n")
            sys.stdout.flush()
            supervisor.watch()
    except Stopped:
        return 0
    except Trouble as trouble:
        sys.stdout.write(f"{trouble}\n")
        return 1
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
