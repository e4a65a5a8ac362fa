"""Looking at every account's chain and standing, each in a transaction of its own."""

from collections.abc import Iterator
from dataclasses import dataclass

from consent.ledger import chain
from consent.ledger.deriving import standing_off
from consent.models import ChainCheck
from marketing.audience.bulk import make_room
from marketing.models import Account
from marketing.tenancy import every_account, no_account, use_account


@dataclass(frozen=True)
class Broken:
    """An account whose last look found something."""

    account_id: int
    bad_seq: int | None
    standing_off: int


def accounts() -> list[tuple[int, str]]:
    """Number and name of every account."""
    with no_account():
        return list(Account.objects.order_by("pk").values_list("pk", "name"))


def check_every_account() -> Iterator[tuple[str, ChainCheck]]:
    """Name of the account and what the look found, one after the other."""
    for account_id, name in accounts():
        yield name, check_all(account_id)


def check_all(account_id: int) -> ChainCheck:
    """The look at the chain, and standing compared with it: what the night and the command do."""
    with use_account(account_id):
        found = chain.check(account_id)
        make_room()
        found.standing_off = standing_off(account_id)
        found.save(update_fields=["standing_off"])
        return found


def broken() -> list[Broken]:
    """What the last look of each account found, for the health page; one query."""
    with every_account():
        last = ChainCheck.objects.order_by("account_id", "-id").distinct("account_id")
        return [
            Broken(found.account_id, found.bad_seq, found.standing_off or 0)
            for found in last
            if found.bad_seq is not None or found.standing_off
        ]
