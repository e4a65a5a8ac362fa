"""`python -m mailcatcher --smtp-port 8002 --port 8003`: runs until it is told to end.

MAILCATCHER_BEHAVIOUR holds a behaviour as JSON from the start on (see behaving.py).
"""

import argparse
import asyncio
import json
import os
import signal
import threading
from pathlib import Path

from django.conf import settings

from mailcatcher.answering import Catcher
from mailcatcher.behaving import Behaviour
from mailcatcher.mails import KEPT, Mails
from mailcatcher.serving import Server
from mailcatcher.smtp import Sink, listen

BUILT = Path(__file__).resolve().parent.parent / "frontend" / "dist"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mailcatcher", description="Takes mails, delivers none.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--smtp-port", type=int, default=8002)
    parser.add_argument("--port", type=int, default=8003, help="of the page")
    parser.add_argument(
        "--pictures-from", nargs="*", default=[], help="origins whose pictures mails may load"
    )
    parser.add_argument("--kept", type=int, default=KEPT, help="how many mails are kept")
    return parser.parse_args()


async def run(given: argparse.Namespace) -> None:
    """SMTP in this thread's loop, HTTP in threads of its own."""
    behaviour = Behaviour.read(json.loads(os.environ.get("MAILCATCHER_BEHAVIOUR") or "{}"))
    sink = Sink(Mails(given.kept), behaviour)
    catcher = Catcher(sink, pictures_from=given.pictures_from, built=BUILT)
    pages = Server(catcher, given.host, given.port)
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    wire = await listen(sink, given.host, given.smtp_port)
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()
    wire.close()
    pages.shutdown()


# the pages borrow Django's templates, nothing else of it
settings.configure(USE_I18N=False)
asyncio.run(run(arguments()))
