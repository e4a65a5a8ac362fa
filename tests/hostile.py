"""Time that hostile input takes: in the length of it, never in its square."""

import time
from collections.abc import Callable
from typing import Any, Final

# Four times the input may take eight times as long; what is done this quickly is no measure.
TIMES: Final = 8
FLOOR_S: Final = 0.05
MOST_S: Final = 5.0


def seconds(act: Callable[[], Any]) -> float:
    """CPU seconds of this thread."""
    began = time.thread_time()
    act()
    return time.thread_time() - began


def grows_with_its_length(read: Callable[[str], Any], piece: str, length: int) -> bool:
    """Whether `length` characters of the piece take a quarter of what four times as many do."""
    small, large = (piece * (size // len(piece)) for size in (length, 4 * length))
    # A slow machine is slow for both; one that stalls for a moment is asked again.
    for _ in range(3):
        taken = seconds(lambda: read(large))
        if taken < FLOOR_S:
            return True
        if taken < MOST_S and taken < TIMES * seconds(lambda: read(small)) + FLOOR_S:
            return True
    return False
