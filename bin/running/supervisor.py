"""Starts the children, watches them, stops them in reverse; nothing is left behind.

Every child leads a session of its own, so that Ctrl-C reaches only us and we decide the order.
Should we be killed outright, the kernel ends them (Linux) or the watchdog does (elsewhere).
"""

import contextlib
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from bin.places import ROOT
from bin.running.accounts import OURSELVES, Account
from bin.running.programs import end_group, spawn
from bin.running.watching import WATCHDOG
from bin.trouble import Trouble, tail_of

STOP_S = 10
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Somebody asked us to end: Ctrl-C, a closed terminal, `kill`."""


@dataclass
class Child:
    """One process and the group it leads."""

    name: str
    command: Sequence[str]
    log: Path
    env: Mapping[str, str]
    stop_signal: signal.Signals = signal.SIGTERM
    account: Account = OURSELVES
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Starts it; under another account from the root folder, which every user may enter."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as output:
            self.process = spawn(
                self.command,
                end_signal=self.stop_signal,
                cwd=ROOT if self.account.user is None else "/",
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self.account.options,
            )
        WATCHDOG.watch(self.process.pid)

    @property
    def pid(self) -> int:
        """The number of the running process; 0 before the start."""
        return 0 if self.process is None else self.process.pid

    def code(self) -> int | None:
        return None if self.process is None else self.process.poll()

    def ask_to_stop(self) -> None:
        """Only the leader is asked: it knows in which order its own children end."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.stop_signal)

    def wait(self, until: float) -> None:
        """Waits for the leader, then ends whatever of its group is left."""
        if self.process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.0, until - time.monotonic()))
        self.kill()

    def kill(self) -> None:
        if self.process is not None:
            end_group(self.process, signal.SIGKILL)
            self.process.wait()
            WATCHDOG.forget(self.process.pid)


class Supervisor:
    """The children of one run; used as a context that ends them all."""

    def __init__(self, *, patience: float = STOP_S) -> None:
        self.patience = patience
        self.layers: list[list[Child]] = []

    def __enter__(self) -> "Supervisor":
        return self

    def __exit__(self, *_: object) -> None:
        for number in ENDING:
            signal.signal(number, self.kill_all)
        self.stop()
        WATCHDOG.let_go()

    def adopt(self, child: Child) -> None:
        """Takes over a child that runs already, as a layer of its own."""
        self.layers.append([child])

    def start(self, children: list[Child]) -> None:
        """Starts children that may end together, before the layers below them."""
        layer: list[Child] = []
        self.layers.append(layer)
        for child in children:
            child.start()
            layer.append(child)

    def watch(self) -> None:
        """Returns never; raises Trouble as soon as one child has ended."""
        while True:
            self.check()
            time.sleep(0.2)

    def check(self) -> None:
        for child in self.children():
            code = child.code()
            if code is not None:
                raise Trouble(
                    f"{child.name} ended ({describe(code)}), so everything stops. "
                    f"Log: {child.log}{tail_of(child.log, lines=15)}"
                )

    def children(self) -> list[Child]:
        return [child for layer in self.layers for child in layer]

    def stop(self) -> None:
        """Last started, first stopped; each layer gets our patience."""
        for layer in reversed(self.layers):
            for child in layer:
                child.ask_to_stop()
            until = time.monotonic() + self.patience
            for child in layer:
                child.wait(until)

    def kill_all(self, number: int, frame: FrameType | None) -> None:
        """A second Ctrl-C: no more patience."""
        for child in self.children():
            if child.process is not None:
                end_group(child.process, signal.SIGKILL)


def describe(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def listen_for_the_end() -> None:
    """From here on Ctrl-C, TERM and HUP raise Stopped in the main thread."""

    def end(number: int, frame: FrameType | None) -> None:
        raise Stopped(signal.Signals(number).name)

    for number in ENDING:
        signal.signal(number, end)
