"""The only door to a transaction: whose rows exist in it.

PostgreSQL's row security compares every tenant row with the setting `app.account_id`, which
`use_account` sets for one transaction. Without it a query on a tenant table raises.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

EVERY_ACCOUNT = "assent_every_account"
_STATE = "_assent_scope"


class TenancyError(RuntimeError):
    """A transaction was opened for another account, or outside this door."""


@contextmanager
def use_account(account: Any) -> Iterator[None]:
    """Run a transaction in which only the rows of `account` (object or id) exist.

    Nested for the same account it is a savepoint; for another one, or inside a transaction that
    was opened elsewhere, it raises TenancyError.
    """
    account_id = int(getattr(account, "pk", account))
    with _scope(
        account_id,
        enter=("SELECT set_config('app.account_id', %s, true)", [str(account_id)]),
        leave=("SELECT set_config('app.account_id', '', true)", []),
    ):
        yield


@contextmanager
def every_account() -> Iterator[None]:
    """Run a transaction over all accounts, as the role that may see them.

    Its callers are a short list in tests/house/test_architecture.py.
    """
    with _scope(
        EVERY_ACCOUNT,
        enter=(f"SET LOCAL ROLE {EVERY_ACCOUNT}", []),
        leave=("SET LOCAL ROLE NONE", []),
    ):
        yield


@contextmanager
def no_account() -> Iterator[None]:
    """Run a transaction over global tables only (users, accounts, members, rules)."""
    with _scope("none", enter=None, leave=None):
        yield


def current_account_id() -> int:
    """The account whose transaction this is; raises TenancyError outside `use_account`."""
    state = getattr(connection, _STATE, None)
    if not isinstance(state, int):
        raise TenancyError("No account is in use.")
    return state


Statement = tuple[str, list[Any]] | None


@contextmanager
def _scope(state: int | str, *, enter: Statement, leave: Statement) -> Iterator[None]:
    held = getattr(connection, _STATE, None)
    if held == state:
        with transaction.atomic():
            yield
        return
    if held is not None:
        raise TenancyError(f"A transaction for {held} is open; {state} was asked for.")
    blocks: list[Any] = getattr(connection, "atomic_blocks", [])
    if any(not block._from_testcase for block in blocks):
        raise TenancyError("A transaction was opened outside marketing.tenancy.")
    in_test = connection.in_atomic_block
    try:
        with transaction.atomic():
            _run(enter)
            setattr(connection, _STATE, state)
            yield
            if in_test and not connection.needs_rollback:
                _run(leave)
    finally:
        setattr(connection, _STATE, None)


def _run(statement: Statement) -> None:
    if statement is not None:
        with connection.cursor() as cursor:
            cursor.execute(*statement)
