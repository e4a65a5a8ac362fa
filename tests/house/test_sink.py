"""The sink of the benchmarks counts right, in C and in Python, however the bytes arrive."""

import socket
import time
from pathlib import Path

import pytest

from benchmarks import sink

GREETING = b"EHLO x\r\n"
BODY = b"Subject: x\r\n\r\n.. dots\r\n..\r\n\r\n.x\r\n \r\n"
MAIL = b"MAIL FROM:<a@b.example>\r\nRCPT TO:<p%d@b.example> X=1\r\nDATA\r\n" + BODY + b".\r\n"


def talk(port: int, pieces: list[bytes], replies: int) -> bytes:
    """Send the pieces one by one; all that was answered when so many lines 250 or 354 came."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        heard = b""
        for piece in pieces:
            line.sendall(piece)
        while heard.count(b"\r\n") < replies:
            more = line.recv(65536)
            assert more, heard
            heard += more
        return heard


@pytest.mark.parametrize("in_python", [False, True])
def test_each_mail_is_counted_wherever_the_bytes_are_cut(in_python: bool, tmp_path: Path) -> None:
    received = tmp_path / "received"
    with sink.running(in_python=in_python, recipients=received) as far:
        whole = GREETING + MAIL % 1 + MAIL % 2
        # Greeting, four lines for EHLO, four for each mail.
        talk(far.port, [whole], 13)
        for cut in range(len(GREETING), len(GREETING + MAIL % 1) + 1):
            talk(far.port, [whole[:cut], whole[cut:]], 13)
        talk(far.port, [bytes([octet]) for octet in whole], 13)
        runs = 2 + len(MAIL % 1) + 1
        assert far.messages == 2 * runs
    lines = received.read_text().split("\n")
    assert lines[0].startswith("RCPT TO:<p1@b.example>")
    assert sum("<p2@" in line for line in lines) == runs


@pytest.mark.parametrize("in_python", [False, True])
def test_replies_wait_for_the_delay_together(in_python: bool) -> None:
    with sink.running(in_python=in_python, delay_ms=300) as far:
        began = time.monotonic()
        talk(far.port, [GREETING + MAIL % 1], 9)
        assert time.monotonic() - began >= 0.3
