"""docker-compose.yml and .env.example say what the demo and the settings say."""

import re
import shlex
from typing import Any

import pytest
import yaml

from bin.places import ROOT
from bin.processes import PRODUCT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
# what the demo does before it starts processes, and the servers it brings itself
AROUND = {"postgres", "redis", "migrate"}


def test_compose_runs_the_demos_processes_and_no_other() -> None:
    assert set(SERVICES) == {process.name for process in PRODUCT} | AROUND


@pytest.mark.parametrize("process", PRODUCT, ids=lambda process: process.name)
def test_compose_starts_each_process_with_the_demos_command(process: Any) -> None:
    words = shlex.split(SERVICES[process.name]["command"])
    address = shlex.split("--host 0.0.0.0 --port 8000" if process.port_offset is not None else "")
    assert words == [*process.in_image, *address]


@pytest.mark.parametrize("process", PRODUCT, ids=lambda process: process.name)
def test_every_process_waits_for_the_migrations_and_has_all_addresses(process: Any) -> None:
    service = SERVICES[process.name]
    assert service["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert {"DATABASE_URL", "TRACKING_DATABASE_URL", "REDIS_URL"} <= set(service["environment"])
    assert service["env_file"] == ".env"


def test_only_the_migrations_run_as_the_owner_of_the_tables() -> None:
    owners = {
        name
        for name, service in SERVICES.items()
        if service.get("environment", {}).get("DATABASE_ROLE")
    }
    assert owners == {"migrate"}


def test_the_database_gets_its_roles_from_the_file_the_demo_uses() -> None:
    mounted = [volume.split(":")[0] for volume in SERVICES["postgres"]["volumes"]]
    for path in ("./bin/serving/roles.sql", "./docker/postgres.sh"):
        assert path in mounted
        assert (ROOT / path).is_file()


def test_every_variable_the_settings_need_is_in_the_example_or_in_compose() -> None:
    text = "".join(path.read_text() for path in (ROOT / "settings").glob("*.py"))
    needed = set(re.findall(r'required\(\s*"([A-Z_]+)"', text))
    assert needed
    example = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))
    assert needed <= example | set(SERVICES["web"]["environment"])


def test_every_variable_compose_asks_for_is_in_the_example() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+):\?\}", (ROOT / "docker-compose.yml").read_text()))
    example = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))
    assert asked <= example


def test_the_image_copies_every_package_of_the_product() -> None:
    copied = set(re.findall(r"^COPY (\w+) ", (ROOT / "Dockerfile").read_text(), re.M))
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages - {"bin", "tests", "mailcatcher", "benchmarks"} <= copied
    allowed = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.M))
    assert copied <= allowed
