"""What was measured about a person, as the higher room `tracking` answers it to this one.

`tracking/apps.py` registers its two functions here (as rooms register segment fields); pages of
this room call `recorded` and `erase` inside `use_account`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Recorded:
    """One thing that was recorded: when first, how often, which newsletter, by whom we think.

    `link` is the report's name of a link, "" for the tracking picture. `judged` is person,
    machine, proxy, unknown, or "" before judging. `network` and `program` are what the request
    told; both are empty once the raw event was deleted and only its count is kept.
    """

    at: datetime
    times: int
    campaign: str
    kind: str  # open, click
    link: str
    judged: str
    network: str
    program: str


Reading = Callable[[int, int], Sequence[Recorded]]
Erasing = Callable[[int, Sequence[int]], int]

_rooms: dict[str, tuple[Reading, Erasing]] = {}


def register(name: str, reading: Reading, erasing: Erasing) -> None:
    """Called once by a higher room when the apps are ready."""
    _rooms[name] = (reading, erasing)


def recorded(account_id: int, contact_id: int) -> list[Recorded]:
    """All that was measured about this contact of the account, newest first (at most 1,000)."""
    found = [line for reading, _ in _rooms.values() for line in reading(account_id, contact_id)]
    return sorted(found, key=lambda line: line.at, reverse=True)


def erase(account_id: int, contact_ids: Sequence[int]) -> int:
    """Erase what was measured about these contacts; how many requests were forgotten.

    Sums of campaigns stay (as numbers without a person). Whoever may still be measured counts
    anew from the next request on: a page that offers this withdraws the permission as well.
    """
    return sum(erasing(account_id, contact_ids) for _, erasing in _rooms.values())
