"""The sending workers on servers of their own, and every way to strike them."""

import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

from django.db import connection

from campaigns.models import Campaign, Chunk
from marketing.audience.addresses import read_address
from marketing.audience.hashing import address_hash
from marketing.models import Account, Contact
from marketing.tenancy import use_account
from tests.crash.far_side import FarSide, until
from tests.crash.product import COMMANDS, Product, children_of, kill

LEASE_SECONDS = 4
CONNECTIONS = 10  # per process, settings' default
PROCESSES = 2


class SendingProduct(Product):
    """Workers and clock that send to a test's own far end, with short leases."""

    def __init__(
        self, side: FarSide, folder: Path, email_url: str, *, processes: int = PROCESSES
    ) -> None:
        environment = {
            **side.environment,
            "EMAIL_URL": email_url,
            "STATE_DIR": str(folder),
            "SENDING_LEASE_SECONDS": str(LEASE_SECONDS),
        }
        super().__init__(environment, folder / "logs")
        self._side = side
        self.commands = COMMANDS | {"send": (*COMMANDS["send"][:-1], str(processes))}

    def accidents(self) -> dict[str, Callable[[random.Random], int]]:
        """Each does its harm and says how many processes died with open connections, at most."""
        return {
            "child": self.kill_child,
            "worker": self.kill_whole_worker,
            "redis": self.kill_redis,
            "postgres": self.restart_postgres,
            "stopped": self.stop_child_past_its_lease,
        }

    def kill_child(self, chance: random.Random) -> int:
        """kill -9 of one process that sends."""
        kill(chance.choice(self.senders()))
        return 1

    def kill_whole_worker(self, chance: random.Random) -> int:
        """kill -9 of the worker with all its processes."""
        self._children["send"].kill()
        return PROCESSES

    def kill_redis(self, chance: random.Random) -> int:
        """kill -9 of Redis: nothing it held comes back."""
        self._side.stop("redis", signal.SIGKILL)
        time.sleep(chance.uniform(0.0, 0.5))
        self._side.start("redis")
        return 0

    def restart_postgres(self, chance: random.Random) -> int:
        """Everybody's connection breaks in the middle of whatever runs."""
        self._side.stop("postgres", signal.SIGINT)
        time.sleep(chance.uniform(0.0, 0.5))
        self._side.start("postgres")
        connection.close()
        return 0

    def stop_child_past_its_lease(self, chance: random.Random) -> int:
        """SIGSTOP until others may have its people, then SIGCONT: a late writer."""
        pid = chance.choice(self.senders())
        kill(pid, signal.SIGSTOP)
        time.sleep(LEASE_SECONDS + 1.0)
        kill(pid, signal.SIGCONT)
        return 1

    def senders(self) -> list[int]:
        """The forked processes of the worker; waits until there are any."""
        until(lambda: bool(children_of(self._children["send"].pid)), what="a process", seconds=240)
        return children_of(self._children["send"].pid)

    def ask_to_end(self) -> float:
        """SIGTERM to all workers; seconds until the last one is gone."""
        workers, began = [self._children[name] for name in ("send", "rest")], time.monotonic()
        for child in workers:
            child.ask_to_stop()
        until(
            lambda: all(child.code() is not None for child in workers),
            what="the workers are gone",
            seconds=240,
        )
        return time.monotonic() - began


def make_crowd(account: Account, count: int, *, domain: str = "crowd.example") -> list[Contact]:
    """Many contacts at once; call inside `use_account`."""
    addresses = [read_address(f"p{n}@{domain}") for n in range(count)]
    people = [
        Contact(
            account=account,
            address=read.send_to,
            address_key=read.key,
            address_hash=address_hash(read.key),
            search_text=read.key,
            country=account.country,
        )
        for read in addresses
    ]
    return Contact.objects.bulk_create(people, batch_size=500)


def leases(campaign: Campaign) -> int:
    """How many chunks somebody holds."""
    with use_account(campaign.account_id):
        chunks = Chunk.objects.for_account(campaign.account_id)
        return chunks.filter(campaign_id=campaign.pk, lease_until__isnull=False).count()
