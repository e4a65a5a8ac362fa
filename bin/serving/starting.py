"""PostgreSQL and Redis of a run: our own ones, or those named by DATABASE_URL and REDIS_URL."""

import os

from bin.environment import for_tracking
from bin.places import Place
from bin.running.supervisor import Supervisor
from bin.serving import database
from bin.serving.postgres import Postgres
from bin.serving.valkey import Valkey
from bin.trouble import say


def start(supervisor: Supervisor, place: Place, *, careless: bool = False) -> dict[str, str]:
    """Starts what is not given and returns the addresses under the names the settings read."""
    addresses = start_database(supervisor, place, careless=careless)
    given = os.environ.get("REDIS_URL")
    if given:
        say("  Redis: the one of REDIS_URL")
        return {**addresses, "REDIS_URL": given}
    redis = Valkey(place)
    supervisor.adopt(redis.start())
    say("  Redis runs")
    return {**addresses, "REDIS_URL": redis.url}


def start_database(supervisor: Supervisor, place: Place, *, careless: bool) -> dict[str, str]:
    given = os.environ.get("DATABASE_URL")
    if given:
        say("  PostgreSQL: the one of DATABASE_URL")
        database.check_given(given)
        tracking = os.environ.get("TRACKING_DATABASE_URL") or for_tracking(given)
        return {"DATABASE_URL": given, "TRACKING_DATABASE_URL": tracking}
    server = Postgres(place, careless=careless)
    supervisor.adopt(server.start())
    database.create(server)
    say("  PostgreSQL runs")
    return {
        "DATABASE_URL": server.url("assent"),
        "TRACKING_DATABASE_URL": server.url("assent_tracking"),
    }
