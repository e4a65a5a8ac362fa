"""Keeps a watchdog: the kernel (Linux only) ends our children with us, it ends theirs too."""

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
        if self.process.stdin is not None:
            self.process.stdin.write(f"{group}\n".encode())
            self.process.stdin.flush()

    def dismiss(self) -> None:
        """After an orderly stop it must not signal numbers that others may get."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


WATCHDOG = Watchdog()
