"""Whether an account hides what few people did, and how few that is."""

from typing import Final

from campaigns.measuring.models import Measuring

FEWEST: Final = 5
FEWER: Final = "fewer than 5"


def hides_small_groups(account_id: int) -> bool:
    """Whether the account chose the mode; inside `use_account`."""
    chosen = Measuring.objects.for_account(account_id).filter(small_groups=True)
    return bool(chosen.exists())


def is_small(number: int | str) -> bool:
    """Few enough to point at somebody; nobody is nobody."""
    return isinstance(number, int) and 0 < number < FEWEST
