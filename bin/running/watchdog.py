"""Ends the process groups named on its input once that input closes, that is once we are gone."""

import os
import signal
import sys
import time


def end(groups: list[int], number: signal.Signals) -> None:
    for group in groups:
        try:
            os.killpg(group, number)
        except (ProcessLookupError, PermissionError):
            continue


def main() -> None:
    """SIGTERM, five seconds, SIGKILL; after an orderly stop there is nobody left to get it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups = [int(line) for line in sys.stdin]
    end(groups, signal.SIGTERM)
    time.sleep(5)
    end(groups, signal.SIGKILL)


main()
