"""The processes Assent consists of, in one place.

The demo starts them, docker-compose.yml names the same ones, and a test compares the two.
"""

from dataclasses import dataclass

CELERY = ("celery", "-A", "settings.celery")
WORKER = (*CELERY, "worker", "-P", "prefork", "--without-gossip", "--without-mingle")
# a worker that is asked to stop while it starts never hears it: hence the timeout
GRANIAN = ("granian", "--respawn-failed-workers", "--workers-kill-timeout", "5", "--no-ws")


@dataclass(frozen=True)
class Process:
    """One process; `command` is what both the demo and the image run, without an address."""

    name: str
    what: str
    command: tuple[str, ...]
    # how far its port lies from PORT; None listens nowhere
    port_offset: int | None = None
    # a module of ours: the image starts it by `python -m`, as the demo starts everything
    module: bool = False

    @property
    def in_image(self) -> tuple[str, ...]:
        """The command's words in docker-compose.yml."""
        return ("python", "-m", *self.command) if self.module else self.command


PRODUCT = (
    Process(
        "web",
        "the pages",
        # each thread may hold a connection to PostgreSQL
        (*GRANIAN, "--blocking-threads", "8", "--interface", "wsgi", "settings.wsgi:application"),
        port_offset=0,
    ),
    Process(
        "tracking",
        "pixel and links",
        (*GRANIAN, "--interface", "rsgi", "settings.tracking_app:application"),
        port_offset=1,
    ),
    # no -c: one process per core
    Process("worker-send", "campaign mail", (*WORKER, "-n", "send@%h", "-Q", "send")),
    Process(
        "worker-now",
        "mail that waits for nobody",
        # one for what is due, one for test mails, one for login mails and the clock's bell
        (*WORKER, "-n", "now@%h", "-Q", "now", "-c", "3"),
    ),
    Process(
        "worker-default",
        "imports, exports, statistics",
        (*WORKER, "-n", "default@%h", "-Q", "default", "-c", "2"),
    ),
    Process(
        "inbound",
        "bounces and complaints",
        ("settings.inbound",),
        port_offset=4,
        module=True,
    ),
    Process("beat", "the clock", (*CELERY, "beat", "--pidfile=")),
)

# the demo's far end: nothing it sends leaves this machine
MAIL_CATCHER = Process("mail", "mail catcher", ("mailcatcher",))
SMTP_OFFSET = 2
MAIL_PAGE_OFFSET = 3
PORTS = 5
