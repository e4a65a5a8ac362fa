"""What the Makefile calls, and how each of it ends."""

from collections.abc import Callable

from bin import benching, checking, demo, picturing, testing
from bin.installing import pinning
from bin.running.supervisor import Stopped, listen_for_the_end
from bin.trouble import Trouble, say

COMMANDS: dict[str, Callable[[], int]] = {
    "demo": demo.run,
    "test": testing.run,
    "bench": benching.run,
    "screenshots": picturing.run,
    "check": checking.run,
    "format": checking.mend,
    "lock": pinning.make,
}


def main(arguments: list[str]) -> int:
    """0 done or stopped by its user, 1 a trouble that was explained, 2 an unknown command."""
    command = COMMANDS.get(arguments[0] if arguments else "")
    if command is None:
        say(f"usage: python3 -m bin {'|'.join(COMMANDS)}")
        return 2
    listen_for_the_end()
    try:
        return command()
    except Stopped:
        say("Stopped.")
        return 0 if arguments[0] == "demo" else 130
    except Trouble as trouble:
        say(f"\n{trouble}")
        return 1
