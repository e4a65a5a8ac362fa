"""Keeps a watchdog: the kernel (Linux only) ends our children with us, it ends theirs too."""

import atexit
import contextlib
import subprocess
import sys
from pathlib import Path


class Watchdog:
    """A process at the end of a pipe: when the pipe closes, we are gone."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None

    def watch(self, group: int) -> None:
        """Adds a process group to those that end with us."""
        if self.process is None:
            script = Path(__file__).with_name("watchdog.py")
            self.process = subprocess.Popen(
                [sys.executable, str(script)], stdin=subprocess.PIPE, start_new_session=True
            )
            atexit.register(self.let_go)
        self.tell(group)

    def forget(self, group: int) -> None:
        """A group that has ended: its number may be somebody else's soon."""
        self.tell(-group)

    def tell(self, number: int) -> None:
        if self.process is not None and self.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.write(f"{number}\n".encode())
                self.process.stdin.flush()

    def let_go(self) -> None:
        """We end in order: what is still there ends too, and the watchdog after it."""
        if self.process is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.communicate()
            self.process = None


WATCHDOG = Watchdog()
