"""Under which account of the machine a program runs."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bin.running.programs import Words, captured

SHORT_S = 30


@dataclass(frozen=True)
class Account:
    """Ourselves, or the account that root lends to a server which refuses root."""

    user: int | None = None
    group: int | None = None

    @property
    def options(self) -> dict[str, Any]:
        """For Popen: no groups of root's may stay."""
        if self.user is None:
            return {}
        return {"user": self.user, "group": self.group, "extra_groups": []}

    def may_run(self, command: Words) -> bool:
        """Whether this account can start the program, that is, reach every folder above it."""
        try:
            done = captured(command, cwd="/", timeout=SHORT_S, **self.options)
        except (OSError, subprocess.TimeoutExpired):
            return False
        return done.returncode == 0

    def make_private(self, folder: Path) -> None:
        """Makes a folder that only this account (and root) may enter."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.user is not None and self.group is not None:
            os.chown(folder, self.user, self.group)
            folder.chmod(0o700)


OURSELVES = Account()
