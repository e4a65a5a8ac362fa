"""`python -m settings.inbound --host 127.0.0.1 --port 8004`: takes in what comes back, until told
to end. INBOUND_LMTP=1 speaks LMTP (RFC 2033) instead of SMTP."""

import argparse
import asyncio
import os
import signal

import django

django.setup()

from tracking.inbound.receiving import listen  # noqa: E402 - needs the models


def arguments() -> argparse.Namespace:
    """Where to listen."""
    parser = argparse.ArgumentParser(prog="inbound", description="Takes in what comes back.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8004)
    return parser.parse_args()


async def run(host: str, port: int) -> None:
    """Listens until SIGINT or SIGTERM."""
    wire = await listen(host, port, lmtp=os.environ.get("INBOUND_LMTP") == "1")
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()
    wire.close()


if __name__ == "__main__":
    given = arguments()
    asyncio.run(run(given.host, given.port))
