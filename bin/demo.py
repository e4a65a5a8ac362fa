"""`make demo`: the whole product on this machine until Ctrl-C."""

import os
import socket
import time
import urllib.error
import urllib.request

from bin import environment
from bin.environment import HOST
from bin.installing import browser_files, python_env
from bin.places import DEMO, PYTHON
from bin.processes import (
    MAIL_CATCHER,
    MAIL_PAGE_OFFSET,
    PORTS,
    PRODUCT,
    SMTP_OFFSET,
    Process,
)
from bin.running import claiming
from bin.running.supervisor import Child, Supervisor
from bin.serving import database, starting
from bin.trouble import Trouble, say

READY_S = 90
PASSWORD = "assent-demo"  # noqa: S105 - printed, for loopback only
LOGINS = (
    ("owner@acme.example", "everything in Acme Bikes (US)"),
    ("admin@acme.example", "settings and campaigns"),
    ("editor@acme.example", "campaigns, no settings"),
    ("viewer@acme.example", "looks on"),
    ("owner@velo.example", "everything in Vélo Lyon (FR), where the law asks first"),
)


def run() -> int:
    """Sets up, starts, watches; returns only by an exception."""
    port = chosen_port()
    refuse_busy(port)
    with claiming.alone(DEMO), Supervisor() as supervisor:
        say("Setting up (a second start takes seconds)")
        with claiming.setting_up():
            python_env.prepare()
            browser_files.prepare()
        if os.environ.get("RESET", "") not in ("", "0"):
            say("  RESET: the data of the demo are deleted")
            forget()
        given = starting.start(supervisor, DEMO)
        env = environment.of_demo(DEMO, port=port, servers=given)
        database.prepare(DEMO, env)
        start(supervisor, port=port, env=env)
        wait_until_ready(supervisor, port)
        introduce(port)
        supervisor.watch()
    return 0


def chosen_port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 1024 <= int(text) <= 65535 - PORTS:
        raise Trouble(f"PORT={text} is not a free port between 1024 and 65000: PORT=8100 make demo")
    return int(text)


def refuse_busy(port: int) -> None:
    """Before anything is set up, so that the answer comes at once."""
    for number in range(port, port + PORTS):
        with socket.socket(socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, number))
            except OSError:
                raise Trouble(
                    f"Port {number} on {HOST} is taken; the demo needs {PORTS} in a row. "
                    f"Choose others: PORT={port + 100} make demo"
                ) from None


def forget() -> None:
    """Everything but the lock that we hold and the logs' folder."""
    if os.environ.get("DATABASE_URL"):
        raise Trouble("RESET=1 deletes only our own database, not the one of DATABASE_URL.")
    DEMO.forget()
    DEMO.make()


def start(supervisor: Supervisor, *, port: int, env: dict[str, str]) -> None:
    """The mail catcher first, it takes what the workers send; then the product."""
    catcher = (
        *("--smtp-port", str(port + SMTP_OFFSET), "--port", str(port + MAIL_PAGE_OFFSET)),
        # uploaded pictures come from the pages, opens and clicks from the tracking endpoint
        *("--pictures-from", env["SITE_URL"], env["TRACKING_URL"]),
    )
    supervisor.start([child_of(MAIL_CATCHER, env, catcher)])
    children = []
    for process in PRODUCT:
        extra: tuple[str, ...] = ()
        if process.port_offset is not None:
            extra = ("--host", HOST, "--port", str(port + process.port_offset))
        children.append(child_of(process, env, extra))
    supervisor.start(children)


def child_of(process: Process, env: dict[str, str], extra: tuple[str, ...]) -> Child:
    command = [str(PYTHON), "-m", *process.command, *extra]
    return Child(name=process.name, command=command, log=DEMO.logs / f"{process.name}.log", env=env)


def wait_until_ready(supervisor: Supervisor, port: int) -> None:
    """Until the pages, the tracking endpoint and the mail catcher answer."""
    say("  Starting web, tracking, workers, clock and mail catcher ...")
    until = time.monotonic() + READY_S
    for number in (port, port + 1, port + MAIL_PAGE_OFFSET):
        while not is_answered(number):
            supervisor.check()
            if time.monotonic() > until:
                raise Trouble(f"No answer on port {number}; the logs are in {DEMO.logs}")
            time.sleep(0.1)


def is_answered(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://{HOST}:{port}/", timeout=10).close()
    except urllib.error.HTTPError as answer:
        answer.close()
    except OSError:
        return False
    return True


def introduce(port: int) -> None:
    """Addresses, logins, and what to try first."""
    width = max(len(login) for login, _ in LOGINS)
    say(f"""
Assent runs:
  Pages         http://{HOST}:{port}/
  Mail catcher  http://{HOST}:{port + MAIL_PAGE_OFFSET}/   every mail the demo sends ends here
  Tracking      http://{HOST}:{port + 1}/   pixel and links of the mails

Logins, all with the password {PASSWORD}:""")
    for login, what in LOGINS:
        say(f"  {login:<{width}}  {what}")
    say(f"""
Try first:
  1. Log in as owner@acme.example: the campaigns, one of them with statistics.
  2. New campaign: write, look at who gets what, launch.
  3. Open the mail catcher, answer a consent request, open a mail, follow a link.
  4. See the answer arrive in the campaign's statistics and in Obtained consents.

Logs: {DEMO.logs}
Ctrl-C stops everything and keeps the data; make demo RESET=1 starts anew.""")
