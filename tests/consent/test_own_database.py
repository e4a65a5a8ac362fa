"""A database just as the migrations leave it, with nothing eased for tests: what it refuses itself.

Made once for this module; the migrations take some seconds.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg2
import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
NAME = f"own_of_{os.environ.get('TEST_DB', 'tests')}_{os.getpid()}"
TABLES = ["consent_record", "text_version", "shown"]
CHANGES = ["UPDATE {} SET account_id = 1", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
ROLES = ["assent", "assent_every_account"]
ADD = """
INSERT INTO consent_record (account_id, seq, at, event, purpose, act, address_hash, body,
    prev_hash, hash)
VALUES (%s, 1, now(), 'agreed', 'newsletter', 'button', '\\x01', 'x', '\\x00', '\\x00')
"""


def connected(database: str) -> Any:
    known = connection.get_connection_params()
    rest = {name: known[name] for name in ("host", "port", "user", "password") if name in known}
    made = psycopg2.connect(dbname=database, **rest)
    made.autocommit = True
    return made


@pytest.fixture(scope="module")
def database(django_db_blocker: Any) -> Iterator[str]:
    """Its name; two accounts with a record each."""
    known = connection.get_connection_params()
    with django_db_blocker.unblock():
        server = connected("postgres")
    with server.cursor() as cursor:
        cursor.execute("SET ROLE assent_owner")
        cursor.execute(f'CREATE DATABASE "{NAME}"')
    login = quote(known["user"]) + (f":{quote(known['password'])}" if "password" in known else "")
    place = quote(known.get("host", ""), safe="") + (f":{known['port']}" if "port" in known else "")
    url = f"postgres://{login}@{place}/{NAME}"
    try:
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--no-input"],
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": url, "DATABASE_ROLE": "assent_owner"},
            check=True,
            capture_output=True,
            timeout=300,
        )
        with closing(connected(NAME)) as own, own.cursor() as cursor:
            for account in (1, 2):
                cursor.execute("SELECT set_config('app.account_id', %s, false)", [str(account)])
                cursor.execute(ADD, [account])
        yield NAME
    finally:
        # Every connection was closed.
        with server.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{NAME}"')
        server.close()


@pytest.fixture
def cursor(database: str) -> Iterator[Any]:
    """As the application, in account 1."""
    with closing(connected(database)) as own, own.cursor() as made:
        made.execute("SELECT set_config('app.account_id', '1', false)")
        yield made


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("role", ROLES)
def test_no_role_of_the_application_changes_what_was_recorded(
    cursor: Any, table: str, change: str, role: str
) -> None:
    cursor.execute(f"SET ROLE {role}")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="permission denied"):
        cursor.execute(change.format(table))


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("change", CHANGES)
def test_the_owner_of_the_tables_is_stopped_by_the_trigger(
    cursor: Any, table: str, change: str
) -> None:
    cursor.execute("SET ROLE assent_owner")
    with pytest.raises(psycopg2.Error, match="append-only"):
        cursor.execute(change.format(table))


def test_another_accounts_records_are_neither_seen_nor_written(cursor: Any) -> None:
    cursor.execute("SELECT DISTINCT account_id FROM consent_record")
    assert cursor.fetchall() == [(1,)]
    with pytest.raises(psycopg2.Error, match="row-level security"):
        cursor.execute(ADD.replace(", 1, now()", ", 2, now()"), [2])


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("right", ["INSERT", "UPDATE", "DELETE", "TRUNCATE"])
def test_the_tracking_endpoint_has_no_right_to_write_them(
    cursor: Any, table: str, right: str
) -> None:
    cursor.execute("SELECT has_table_privilege('assent_tracking', %s, %s)", [table, right])
    assert cursor.fetchone() == (False,)


@pytest.mark.parametrize("statement", ["SELECT count(*) FROM consent_record", ADD % 3])
def test_without_an_account_nothing_is_seen_or_written(database: str, statement: str) -> None:
    with (
        closing(connected(database)) as own,
        own.cursor() as cursor,
        pytest.raises(psycopg2.Error, match=r"app\.account_id"),
    ):
        cursor.execute(statement)
