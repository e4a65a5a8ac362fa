"""A database of the stories' own: migrated once a session, seen by the processes and the test."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from django.db import connections

from bin.places import ROOT


def named(url: str, name: str) -> str:
    """The same server and login, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@contextmanager
def made(url: str, name: str, environment: Mapping[str, str]) -> Iterator[str]:
    """The URL of a new, migrated database called `name`; it is dropped at the end."""
    run_sql(url, f'DROP DATABASE IF EXISTS "{name}"', f'CREATE DATABASE "{name}"')
    try:
        own = named(url, name)
        done = subprocess.run(
            [sys.executable, "manage.py", "migrate", "--no-input", "-v", "0"],
            cwd=ROOT,
            env={**environment, "DATABASE_URL": own, "DATABASE_ROLE": "assent_owner"},
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        yield own
    finally:
        run_sql(url, f'DROP DATABASE IF EXISTS "{name}"')


def run_sql(url: str, *statements: str) -> None:
    """Outside a transaction, as the owner of the databases."""
    connection = psycopg2.connect(url.replace("postgres://", "postgresql://", 1))
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SET ROLE assent_owner")
            for statement in statements:
                cursor.execute(statement)
    finally:
        connection.close()


@contextmanager
def in_use(name: str) -> Iterator[None]:
    """Django in this process works on that database; Playwright's loop is no reason to refuse."""
    connection: Any = connections["default"]
    before = connection.settings_dict["NAME"]
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
        os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
