"""Roles, database, migrations and sample data, each repeatable."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from bin.installing.stamps import timed
from bin.places import LOCAL, PYTHON, ROOT
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
CAN_CONNECT = "import psycopg2, sys; psycopg2.connect(sys.argv[1]).close()"


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


def migrate(environment: Mapping[str, str]) -> None:
    """As the owner of the tables; everything else runs as `assent`."""
    manage("Database tables", "migrate", "--no-input", env=as_owner(environment))


def add_sample_data(environment: Mapping[str, str]) -> None:
    manage("Sample data", "sample_data", env=environment)


def as_owner(environment: Mapping[str, str]) -> dict[str, str]:
    return {**environment, "DATABASE_ROLE": "assent_owner"}


def manage(title: str, *words: str, env: Mapping[str, str]) -> None:
    log = LOGS / f"{words[0]}.log"
    command = [str(PYTHON), "manage.py", *words]
    timed(title, lambda: run(command, cwd=ROOT, env=env, log=log))
