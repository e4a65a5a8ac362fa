"""A line says and tells the same however the server's replies are cut, down to single octets."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from mailwire.client.letters import Letter
from mailwire.client.line import Line
from mailwire.client.replies import Features
from mailwire.outcomes import Outcome

GOOD = (b"250 2.1.0 fine\r\n", b"250 2.1.5 fine\r\n", b"354 go on\r\n")
TAKEN = b"250 2.0.0 taken\r\n"
REPLIES: dict[str, tuple[bytes, ...]] = {
    "all is well": (TAKEN, *GOOD) * 3,
    "several lines": (b"250-2.0.0 taken\r\n250 and kept\r\n", *GOOD, TAKEN, *GOOD),
    "forwarded": (TAKEN, GOOD[0], b"251 elsewhere\r\n", GOOD[2], TAKEN, *GOOD),
    "body refused": (b"554 5.7.1 no\r\n", *GOOD, TAKEN, *GOOD),
    "nobody here": (TAKEN, GOOD[0], b"550 5.1.1 nobody\r\n", GOOD[2], b"554 none\r\n", *GOOD),
    "nobody here, nothing to write": (TAKEN, GOOD[0], b"550 5.1.1 nobody\r\n", b"503 none\r\n"),
    "too busy": (TAKEN, b"421 4.7.0 later\r\n"),
    "no reply at all": (TAKEN, b"what?\r\n"),
}


@dataclass
class Wire:
    """The far end of the connection: what was written, and whether it was let go."""

    written: list[bytes] = field(default_factory=list)
    is_aborted: bool = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def writelines(self, parts: tuple[bytes, ...]) -> None:
        self.written.append(b"".join(parts))

    def abort(self) -> None:
        self.is_aborted = True


@dataclass
class Feeder:
    """Whoever gives a line its letters; `allows` answers for each body, then yes."""

    allows: list[bool | None]
    number: int = 0
    told: list[Any] = field(default_factory=list)

    def take(self) -> Letter | None:
        self.number += 1
        address = f"p{self.number}@example.test"
        return Letter("b@acme.test", address, f"Hello {self.number}\r\n".encode())

    def may_write(self, letter: Letter) -> bool | None:
        return self.allows.pop(0) if self.allows else True

    def ended(self, letter: Letter, outcome: Outcome) -> None:
        self.told.append((letter.recipient, outcome))

    def returned(self, letter: Letter, outcome: Outcome | None) -> None:
        self.told.append(("returned", letter.recipient, outcome))

    def rests(self, line: Line) -> None:
        self.told.append("rests")

    def busy(self, line: Line, outcome: Outcome) -> None:
        self.told.append(("busy", outcome))

    def surprised(self, line: Line, why: str) -> None:
        self.told.append(("surprised", why))

    def gone(self, line: Line) -> None:
        self.told.append("gone")


Played = tuple[Wire, list[Any], int]


def played(pieces: list[bytes], allows: list[bool | None], most: int) -> Played:
    async def play() -> Played:
        wire, feeder = Wire(), Feeder(list(allows))
        line = Line(feeder, most=most)
        line.connection_made(wire)  # type: ignore[arg-type]
        line.opened(Features(pipelining=True), is_plain=False)
        line.go_on()
        line.data_received(b"".join(GOOD))
        for piece in pieces:
            line.data_received(piece)
            if line.is_held:
                line.go_on()
        return wire, feeder.told, line.carried

    return asyncio.run(play())


@pytest.mark.parametrize("allows", [[], [True, None, True], [True, False]], ids=str)
@pytest.mark.parametrize("most", [2, 100])
@pytest.mark.parametrize("name", REPLIES)
def test_replies_mean_the_same_however_they_are_cut(
    name: str, most: int, allows: list[bool | None]
) -> None:
    replies = REPLIES[name]
    rounds = [b"".join(replies[at : at + 4]) for at in range(0, len(replies), 4)]
    octets = [bytes([octet]) for octet in b"".join(replies)]
    one_by_one = played(list(replies), allows, most)
    assert played(rounds, allows, most) == one_by_one
    assert played(octets, allows, most) == one_by_one


def test_a_round_is_written_in_one_piece_and_counted() -> None:
    wire, told, carried = played([b"".join((TAKEN, *GOOD))] * 5, [], 100)
    assert carried == 5
    assert [who for who, _ in told] == [f"p{n}@example.test" for n in range(1, 6)]
    assert [piece.count(b"MAIL FROM") for piece in wire.written] == [1] * 7
    assert wire.written[-1].startswith(b"Hello 6\r\n.\r\nMAIL FROM")
