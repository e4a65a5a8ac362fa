"""Where things lie: the project, its virtual environment, and the state of a run.

State lies in `.local`. What another account must reach (PostgreSQL run by root) or what must have
a short path (sockets) moves to a private folder under /var/tmp when `.local` cannot serve.
"""

import hashlib
import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from bin.trouble import Trouble

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"

# sun_path holds 108 bytes on Linux, 104 on macOS; PostgreSQL adds /.s.PGSQL.5432.lock
LONGEST_SOCKET_FOLDER = 80


@dataclass(frozen=True)
class Place:
    """The state of one kind of run: `demo` is kept, `test` is made anew each time."""

    name: str
    local: Path = LOCAL

    @property
    def state(self) -> Path:
        return self.local / self.name

    @property
    def logs(self) -> Path:
        return self.state / "log"

    @property
    def aside(self) -> Path:
        """The folder that stands in when `.local` is out of reach or its path too long."""
        mark = hashlib.sha256(os.fsencode(self.state)).hexdigest()[:10]
        return Path("/var/tmp") / f"assent-{os.geteuid()}-{mark}"  # noqa: S108 - owner and mode are checked

    def make(self) -> None:
        """Makes the state's folders; others may pass through but not look around."""
        for folder in (self.local, self.state):
            folder.mkdir(exist_ok=True)
            if folder.stat().st_uid == os.geteuid():
                folder.chmod(0o711)
        if not os.access(self.state, os.W_OK):
            raise Trouble(f"{self.local} belongs to another user: run as that user, or delete it.")
        self.logs.mkdir(exist_ok=True)

    def make_aside(self) -> Path:
        """Makes the folder aside; refuses one that somebody else may have put there."""
        folder = self.aside
        folder.mkdir(mode=0o711, exist_ok=True)
        found = folder.lstat()
        ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
        if not ours or found.st_mode & 0o022:
            raise Trouble(f"{folder} is not a folder of ours: delete it, then repeat.")
        folder.chmod(0o711)
        return folder

    def socket_folder(self, name: str) -> Path:
        """A folder for sockets with a path short enough for one; the caller makes it."""
        wanted = self.state / name
        if len(os.fsencode(wanted)) <= LONGEST_SOCKET_FOLDER:
            return wanted
        return self.make_aside() / name

    def forget(self) -> None:
        """Deletes the state, also what lies aside."""
        for folder in (self.state, self.aside):
            if folder.is_symlink():
                raise Trouble(f"{folder} is a link: delete it, then repeat.")
            shutil.rmtree(folder, ignore_errors=True)
        if self.state.exists():
            raise Trouble(f"{self.state} cannot be deleted: does it belong to another user?")


DEMO = Place("demo")
TEST = Place("test")
