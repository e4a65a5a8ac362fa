"""Looking at every account's chain, each in a transaction of its own."""

from collections.abc import Iterator

from consent.ledger import chain
from consent.models import ChainCheck
from marketing.models import Account
from marketing.tenancy import no_account


def check_every_account() -> Iterator[tuple[str, ChainCheck]]:
    """Name of the account and what the look found, one after the other."""
    with no_account():
        accounts = list(Account.objects.order_by("pk").values_list("pk", "name"))
    for account_id, name in accounts:
        yield name, chain.check(account_id)
