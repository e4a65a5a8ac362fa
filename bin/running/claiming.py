"""One run at a time per state; the kernel lets go of a lock when its holder dies."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from bin.places import LOCAL, Place
from bin.trouble import Trouble, say


@contextlib.contextmanager
def alone(place: Place) -> Iterator[None]:
    """Refuses a second run on the same state."""
    place.make()
    with (place.state.with_suffix(".lock")).open("a") as file:
        if not locked(file.fileno()):
            raise Trouble(f"make {place.name} runs here already: stop it with Ctrl-C first.")
        yield


@contextlib.contextmanager
def setting_up() -> Iterator[None]:
    """Waits for another command that is setting up the same environment."""
    LOCAL.mkdir(exist_ok=True)
    path = Path(LOCAL / "setup.lock")
    with path.open("a") as file:
        if not locked(file.fileno()):
            say("  Waiting for another command that sets up this folder ...")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
