"""Whether an account hides what few people did, and how few that is."""

from collections.abc import Sequence
from typing import Final

from campaigns.measuring.models import Measuring

FEWEST: Final = 5
FEWER: Final = "fewer than 5"
HIDDEN: Final = "Hidden"


def hides_small_groups(account_id: int) -> bool:
    """Whether the account chose the mode; inside `use_account`."""
    chosen = Measuring.objects.for_account(account_id).filter(small_groups=True)
    return bool(chosen.exists())


def is_small(number: int | str) -> bool:
    """Few enough to point at somebody; nobody is nobody."""
    return isinstance(number, int) and 0 < number < FEWEST


def told(parts: Sequence[int]) -> list[int | str]:
    """The parts of a known sum as they may be told.

    Where what is hidden adds up to few people, the sum would give them away: then the smallest of
    the others is hidden, too.
    """
    said: list[int | str] = [FEWER if is_small(number) else number for number in parts]
    hidden = sum(number for number in parts if is_small(number))
    others = [place for place, number in enumerate(parts) if number >= FEWEST]
    if is_small(hidden) and others:
        said[min(others, key=lambda place: parts[place])] = HIDDEN
    return said
