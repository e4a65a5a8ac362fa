"""Databases of a run: the data set is made once, every run works on a fresh copy of it."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2

from benchmarks.rows import say

ROOT = Path(__file__).resolve().parent.parent
EMPTY, RUN = "assent", "run"
_URLS = ("DATABASE_URL", "TRACKING_DATABASE_URL")


def url_of(name: str, url: str) -> str:
    """The same server and login, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def use(name: str) -> None:
    """Everything that reads the environment from here on works on this database."""
    for key in _URLS:
        os.environ[key] = url_of(name, os.environ[key])


def as_owner(name: str) -> Any:
    """A connection of the tables' owner, whom row security does not bind."""
    connection = psycopg2.connect(url_of(name, os.environ["DATABASE_URL"]))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE assent_owner")
    return connection


def copy(source: str, name: str) -> None:
    """Make `name` anew as a copy of `source`, to which nobody may be connected."""
    connection = as_owner("postgres")
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE {source} STRATEGY file_copy")
    connection.close()


def drop(name: str) -> None:
    """Drop it, if it is there."""
    connection = as_owner("postgres")
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
    connection.close()


def fingerprint(size: int) -> str:
    """Changes with whatever decides what is in the data set."""
    files = [*ROOT.glob("*/migrations/*.py"), *(ROOT / "benchmarks" / "dataset").glob("*.py")]
    digest = hashlib.sha256(str(size).encode())
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def is_made(name: str, mark: str) -> bool:
    """Whether the database is there, complete, and made by these very files."""
    connection = psycopg2.connect(url_of("postgres", os.environ["DATABASE_URL"]))
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
            [name],
        )
        row = cursor.fetchone()
    connection.close()
    return row is not None and row[0] == mark


def vouch(name: str, mark: str) -> None:
    """Say that the database is complete."""
    connection = as_owner(name)
    with connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON DATABASE {name} IS %s", [mark])
    connection.close()


def copied_data_set() -> str:
    """A fresh copy of the data set for this run, which is made first where it is not there."""
    people = int(os.environ.get("BENCH_PEOPLE") or 1_000_000)
    source, mark = f"people_{people}", fingerprint(people)
    if not is_made(source, mark):
        say(f"Making {people:,} contacts with a past (once, some minutes) ...")
        copy(EMPTY, source)
        environment = os.environ | {key: url_of(source, os.environ[key]) for key in _URLS}
        subprocess.run([sys.executable, "-m", "benchmarks.dataset"], env=environment, check=True)
        vouch(source, mark)
    copy(source, RUN)
    return RUN
