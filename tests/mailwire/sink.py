"""The far end of SMTP: a small server on a thread that answers, or misbehaves, as told."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

OK = b"250 2.0.0 fine\r\n"


@dataclass
class Sink:
    """What the server heard, and how it answers: `replies` by verb ('BODY' for the final dot).

    A reply of None closes the line instead of answering; `close_at` verbs count all connections.
    """

    port: int = 0
    extensions: tuple[str, ...] = ("PIPELINING", "SIZE 10000000", "8BITMIME", "SMTPUTF8")
    greeting: bytes = b"220 sink.example ready\r\n"
    replies: dict[str, bytes | None] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    connections: int = 0

    def talk(self, line: socket.socket) -> None:
        """Hold one conversation."""
        self.connections += 1
        with line, line.makefile("rb") as heard:
            line.sendall(self.greeting)
            for raw in heard:
                reply = self._reply_to(raw.decode().rstrip("\r\n"))
                if reply is None:
                    return
                line.sendall(reply)
                if reply.startswith(b"354"):
                    reply = self._reply_to_body(heard)
                    if reply is None:
                        return
                    line.sendall(reply)
                if reply.startswith(b"221"):
                    return

    def _reply_to(self, command: str) -> bytes | None:
        self.commands.append(command)
        verb = command.split(":")[0].split(" ")[0].upper()
        if verb in self.replies:
            return self.replies[verb]
        if verb == "EHLO":
            names = ["sink.example", *self.extensions]
            marks = ["-"] * (len(names) - 1) + [" "]
            return "".join(
                f"250{mark}{name}\r\n" for mark, name in zip(marks, names, strict=True)
            ).encode()
        return {"DATA": b"354 go on\r\n", "QUIT": b"221 bye\r\n"}.get(verb, OK)

    def _reply_to_body(self, heard: Iterator[bytes]) -> bytes | None:
        body = b""
        for raw in heard:
            if raw == b".\r\n":
                self.bodies.append(body)
                return self.replies.get("BODY", OK)
            body += raw.removeprefix(b".")
        return None


@contextmanager
def running(sink: Sink) -> Iterator[Sink]:
    """Listen on a free port until the block ends."""
    listening = socket.create_server(("127.0.0.1", 0))
    sink.port = listening.getsockname()[1]

    def accept() -> None:
        while True:
            try:
                line, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=_talk_quietly, args=(sink, line), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield sink
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def _talk_quietly(sink: Sink, line: socket.socket) -> None:
    try:
        sink.talk(line)
    except OSError:
        return
