"""The cast, and a database in which the policies are on: tests run as the role `assent`.

acme (US): owner Olga, admin Adam, editor Emil, viewer Rita. velo (FR): owner Rolf, the stranger.
"""

import importlib
import os
import uuid
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.db import connection, connections
from django.db.models.signals import post_migrate
from django.dispatch import receiver

import settings.celery  # noqa: F401  (bells rung by tests go to the Redis of tests)
from marketing.models import Account, Contact, CountryRule, Member, User
from marketing.tenancy import use_account
from tests.making import make_account, make_contact, make_member

DOOR = "assent_owner"

# A busy machine is no failure, and what passed on one machine passes on the next: the examples are
# the same until a test changes. EXPLORE=1 chooses others.
hypothesis.settings.register_profile(
    "assent",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    derandomize="EXPLORE" not in os.environ,
)
hypothesis.settings.load_profile("assent")


REAL_TIME = {"browser", "crash"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Stories of many processes are told once more when they fail; the report says "rerun".

    A machine that stalls for seconds is no fault of ours; a fault of ours fails twice.
    """
    for item in items:
        if item.path.parent.name in REAL_TIME:
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session", autouse=True)
def own_state_dir(tmp_path_factory: Any) -> None:
    """Journals are named by chunk ids: those of another run's database must not be found."""
    django_settings.STATE_DIR = tmp_path_factory.mktemp("state")


@pytest.fixture(autouse=True)
def own_rates() -> None:
    """A receiver that slowed one test down is nothing to the next, nor to another run."""
    django_settings.RATES_NAMESPACE = uuid.uuid4().hex[:12]


@pytest.fixture(scope="session")
def owner_role() -> None:
    """Migrations run as the owner of the tables."""
    options = connections["default"].settings_dict.setdefault("OPTIONS", {})
    options["assume_role"] = DOOR
    connections["default"].close()


@pytest.fixture(scope="session")
def django_db_setup(
    owner_role: None, django_db_setup: None, django_db_blocker: Any
) -> Iterator[None]:
    """Let the web role flush tables, then drop the owner's role."""
    options = connections["default"].settings_dict["OPTIONS"]
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute("GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO assent")
            # Transactional tests flush the ledger; the triggers have tests of their own.
            for table in ("consent_record", "text_version", "shown"):
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only")
        options.pop("assume_role")
        connections["default"].close()
    yield
    options["assume_role"] = DOOR
    with django_db_blocker.unblock():
        connections["default"].close()


@receiver(post_migrate)
def rules_come_back(sender: Any, **_: Any) -> None:
    """Transactional tests flush every table, the country rules too: flush ends with this signal."""
    if sender.name == "marketing" and not CountryRule.objects.exists():
        importlib.import_module("marketing.migrations.0004_rules_2026_11_25").load(apps, None)


@pytest.fixture
def acme(db: None) -> Account:
    """The account of the story: US, tracking on, consent off by default."""
    return make_account("Acme Bikes", country="US")


@pytest.fixture
def velo(db: None) -> Account:
    """The stranger's account: France, tracking off, consent locked."""
    return make_account("Vélo Lyon", country="FR")


@pytest.fixture
def olga(acme: Account) -> Member:
    return make_member(acme, "owner@acme.example", "owner", name="Olga Petit")


@pytest.fixture
def adam(acme: Account) -> Member:
    return make_member(acme, "admin@acme.example", "admin", name="Adam Novak")


@pytest.fixture
def emil(acme: Account) -> Member:
    return make_member(acme, "editor@acme.example", "editor", name="Emil Brandt")


@pytest.fixture
def rita(acme: Account) -> Member:
    return make_member(acme, "viewer@acme.example", "viewer", name="Rita Lund")


@pytest.fixture
def rolf(velo: Account) -> Member:
    return make_member(velo, "owner@velo.example", "owner", name="Rolf Meyer")


@pytest.fixture
def ana(acme: Account) -> Contact:
    with use_account(acme):
        return make_contact(acme, "ana@example.test", first_name="Ana", country="US")


@pytest.fixture
def as_member(client: Any) -> Any:
    """Log the test client in: as_member(emil).get(...)."""

    def log_in(member: Member) -> Any:
        client.force_login(User.objects.get(pk=member.user_id))
        return client

    return log_in
