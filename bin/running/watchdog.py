"""Ends the process groups named on its input once that input closes, that is once we are gone."""

import os
import signal
import sys
import time

PATIENCE_S = 8


def end(groups: list[int], number: int) -> list[int]:
    """Signals the groups (0 only asks) and returns those that exist."""
    found = []
    for group in groups:
        try:
            os.killpg(group, number)
        except (ProcessLookupError, PermissionError):
            continue
        found.append(group)
    return found


def main() -> None:
    """SIGTERM, some patience, SIGKILL; a minus takes a group off the list."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    watched: set[int] = set()
    for line in sys.stdin:
        group = int(line)
        if group > 0:
            watched.add(group)
        else:
            watched.discard(-group)
    groups = end(sorted(watched), signal.SIGTERM)
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and end(groups, 0):
        time.sleep(0.1)
    end(groups, signal.SIGKILL)


main()
