"""Which of the people who were just read may leave now, and the count of each until its outcome."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from campaigns.sending.loading import Handed
from campaigns.sending.rates import taking
from campaigns.sending.rates.groups import groups_of
from campaigns.sending.rates.taking import Ask, Grant
from mailwire.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class Chosen:
    """People who may leave, in their order.

    `after`: the last contact id before those who all wait for the same; None if nobody does.
    `wait`: seconds until more may be asked for; None if nobody is left out.
    """

    people: list[Handed]
    after: int | None
    wait: float | None


# Where nobody more might leave, until when (monotonic): account, sender, whether for requests.
_held: dict[tuple[int, str, bool], float] = {}
LONG_WAIT = 2.0


class Counting:
    """What one lease was granted, by contact. `route`, `is_direct`: see taking.Ask."""

    def __init__(self, *, route: str, is_request: bool, is_direct: bool = False) -> None:
        self._route = route
        self._is_request = is_request
        self._is_direct = is_direct
        self._taken: dict[int, tuple[Grant, str]] = {}

    def choose(self, people: Sequence[Handed], *, sender: str) -> Chosen:
        """Ask the rates for these people of one account. Blocking."""
        if not people:
            return Chosen([], None, None)
        account_id = people[0].account_id
        addresses = (person.address for person in people)
        groups = groups_of(addresses, patience=taking.patience_of(account_id))
        grant = taking.take(
            Ask(
                account_id=account_id,
                sender=sender,
                wanted=Counter(groups[person.address] for person in people),
                route=self._route,
                is_request=self._is_request,
                is_direct=self._is_direct,
            )
        )
        found, after = allowed(grant, people, groups)
        if after is not None:
            self._hold(grant, sender)
        self._taken |= {each.contact_id: (grant, groups[each.address]) for each in found}
        again = grant.ask_again_at
        return Chosen(found, after, (again - grant.at).total_seconds() if again else None)

    def held_for(self, account_id: int, sender: str) -> float | None:
        """Seconds during which nobody of this sender may leave: do not even read them."""
        left = _held.get((account_id, sender, self._is_request), 0.0) - time.monotonic()
        return left if left > LONG_WAIT else None

    def _hold(self, grant: Grant, sender: str) -> None:
        again = grant.ask_again_at
        if again is not None:
            if len(_held) > 10_000:
                _held.clear()
            wait = (again - grant.at).total_seconds()
            key = (grant.ask.account_id, sender, self._is_request)
            _held[key] = time.monotonic() + wait

    def may_leave(self, contact_id: int) -> bool:
        """This very moment."""
        taken = self._taken.get(contact_id)
        return taken is None or not taken[0].has_windows or taking.step(*taken)

    def ended(self, outcomes: Iterable[tuple[int, Outcome]]) -> None:
        """Outcomes by contact id."""
        by_grant: dict[int, tuple[Grant, list[tuple[str, Outcome]]]] = {}
        for contact_id, outcome in outcomes:
            taken = self._taken.pop(contact_id, None)
            if taken is not None:
                grant, group = taken
                by_grant.setdefault(id(grant), (grant, []))[1].append((group, outcome))
        for grant, pairs in by_grant.values():
            taking.ended(grant, pairs)

    def give_back(self, contact_ids: Iterable[int]) -> None:
        """These were not handed over after all."""
        by_grant: dict[int, tuple[Grant, Counter[str]]] = {}
        for contact_id in contact_ids:
            taken = self._taken.pop(contact_id, None)
            if taken is not None:
                grant, group = taken
                by_grant.setdefault(id(grant), (grant, Counter()))[1][group] += 1
        for grant, unused in by_grant.values():
            taking.give_back(grant, unused)

    def give_all_back(self) -> None:
        """Whoever is left was not handed over."""
        self.give_back(list(self._taken))


def allowed(
    grant: Grant, people: Sequence[Handed], groups: Mapping[str, str]
) -> tuple[list[Handed], int | None]:
    """Those of them who may leave, in their order, and the last of them if that holds all others.

    People of groups with a limit of their own are passed over when theirs is used up.
    """
    left, capped = grant.total, dict(grant.capped)
    found: list[Handed] = []
    after = None
    for person in people:
        group = groups[person.address]
        if group in capped and capped[group] <= 0:
            continue
        if left <= 0:
            after = person.contact_id - 1
            break
        left -= 1
        if group in capped:
            capped[group] -= 1
        found.append(person)
    taking.give_back(grant, {"": left})
    return found, after
