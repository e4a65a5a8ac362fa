"""`python -m settings.inbound --host 127.0.0.1 --port 8004`: takes in what comes back, until told
to end. INBOUND_LMTP=1 speaks LMTP (RFC 2033) instead of SMTP; INBOUND_IMAP_URL polls a mailbox."""

import argparse
import asyncio
import os
import signal
import threading

import django

django.setup()

from django.conf import settings  # noqa: E402 - needs the models, like the others

from tracking.inbound.mailbox.imap import Box  # noqa: E402
from tracking.inbound.mailbox.polling import poll_when_due  # noqa: E402
from tracking.inbound.receiving import listen  # noqa: E402

LOOK_SECONDS = 1.0  # whether it is time to poll


def arguments() -> argparse.Namespace:
    """Where to listen."""
    parser = argparse.ArgumentParser(prog="inbound", description="Takes in what comes back.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8004)
    return parser.parse_args()


async def run(host: str, port: int) -> None:
    """Listens, and polls where there is a mailbox, until SIGINT or SIGTERM."""
    if settings.INBOUND_IMAP_URL:
        Box.of(settings.INBOUND_IMAP_URL)  # a bad one ends the process at once
    wire = await listen(host, port, lmtp=os.environ.get("INBOUND_LMTP") == "1")
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    if settings.INBOUND_IMAP_URL:
        await keep_polling(ended)
    await ended.wait()
    wire.close()


async def keep_polling(ended: asyncio.Event) -> None:
    """Until the end; a poll under way finishes the mail it is at."""
    stop = threading.Event()
    polling = asyncio.create_task(asyncio.to_thread(_poll_until, stop))
    over = asyncio.create_task(ended.wait())
    await asyncio.wait({polling, over}, return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    await polling  # what nobody thought of ends the process, for whoever starts it again


def _poll_until(stop: threading.Event) -> None:
    while not stop.wait(LOOK_SECONDS):
        poll_when_due(stop)


if __name__ == "__main__":
    given = arguments()
    asyncio.run(run(given.host, given.port))
