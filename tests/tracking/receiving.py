"""The receiver of what comes back, listening for a test on a loop of its own."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tracking.inbound.receiving import listen


@contextmanager
def receiving(*, lmtp: bool = False) -> Iterator[int]:
    """The port it listens on."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def call(work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(20)

    try:
        server = call(listen("127.0.0.1", 0, lmtp=lmtp))
        yield server.sockets[0].getsockname()[1]
        loop.call_soon_threadsafe(server.close)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()
