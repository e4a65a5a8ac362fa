"""Roles, database, migrations and sample data, each repeatable."""

import os
from collections.abc import Mapping
from functools import partial
from urllib.parse import urlsplit

from bin.installing.stamps import once
from bin.places import LOCAL, PYTHON, ROOT, Place
from bin.running.programs import captured, run
from bin.serving.postgres import Postgres
from bin.trouble import Trouble

LOGS = LOCAL / "log"
ROLES = ROOT / "bin" / "serving" / "roles.sql"
# as `assent`, which may become the owner: the database must belong to assent_owner
CREATE_DATABASE = """
SET ROLE assent_owner;
SELECT 'CREATE DATABASE assent'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'assent') \\gexec
"""
CAN_CONNECT = """
import sys, psycopg2
try:
    psycopg2.connect(sys.argv[1]).close()
except psycopg2.Error as error:
    sys.exit(str(error).splitlines()[0])
"""


def create(server: Postgres) -> None:
    """Makes the five roles and the database in our own cluster."""
    psql(server, ROLES.read_text(), user="postgres")
    psql(server, CREATE_DATABASE, user="assent")


def psql(server: Postgres, text: str, *, user: str) -> None:
    login = ("-h", str(server.sock), "-U", user, "-d", "postgres")
    quiet = ("-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-")
    done = captured([server.programs / "psql", *login, *quiet], input=text)
    if done.returncode:
        raise Trouble(f"PostgreSQL refused: {done.stderr.strip()}")


def check_given(url: str) -> None:
    """One line when the database that DATABASE_URL names cannot be reached."""
    address = url.replace("postgres://", "postgresql://", 1)
    done = captured([PYTHON, "-c", CAN_CONNECT, address])
    if done.returncode:
        where = urlsplit(url)
        reason = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        raise Trouble(
            f"DATABASE_URL ({where.hostname or 'local'}{where.path}) cannot be used: {reason}. "
            "Roles and database are made with bin/serving/roles.sql, see docs/operating.md; "
            "without DATABASE_URL a server of our own starts."
        )


def prepare(place: Place, environment: Mapping[str, str]) -> None:
    """Tables, then sample data; skipped while our own database has seen these very migrations."""
    if os.environ.get("DATABASE_URL"):
        migrate(environment)
        add_sample_data(environment)
        return
    locks = [ROOT / "requirements-dev.txt", *sorted(ROOT.glob("*/migrations/*.py"))]
    for title, work in (("Database tables", migrate), ("Sample data", add_sample_data)):
        stamp = place.state / f"{work.__name__}.stamp"
        once(title, partial(work, environment), stamp=stamp, inputs=locks, result=place.state)


def migrate(environment: Mapping[str, str]) -> None:
    """As the owner of the tables; everything else runs as `assent`."""
    manage("migrate", "--no-input", env=as_owner(environment))


def add_sample_data(environment: Mapping[str, str]) -> None:
    """Two invented companies with a past; adds only what is not there."""
    manage("sample_data", env=environment)


def as_owner(environment: Mapping[str, str]) -> dict[str, str]:
    return {**environment, "DATABASE_ROLE": "assent_owner"}


def manage(*words: str, env: Mapping[str, str]) -> None:
    """Runs one command of manage.py, its output into a log."""
    command = [str(PYTHON), "manage.py", *words]
    run(command, cwd=ROOT, env=env, log=LOGS / f"{words[0]}.log")
