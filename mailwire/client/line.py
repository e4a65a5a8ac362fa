"""One SMTP connection as a state machine: body, final dot and the next envelope in one write.

Every reply is read in order (RFC 2920). At most one body is outstanding at any moment; the letter
announced behind it has none yet, so a broken line leaves one letter unknown and gives one back.
Without PIPELINING, or after a surprise, the same machine waits for each reply.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import cast

from mailwire.client.envelopes import commands_of, unfit
from mailwire.client.letters import Letter
from mailwire.client.owner import Owner, Step
from mailwire.client.replies import Features, Garbled, Replies, shown
from mailwire.outcomes import Outcome, Stage, broken_line, outcome_of

_ROUND = (Step.BODY, Step.MAIL, Step.RCPT, Step.DATA)
_STAGES = {Step.MAIL: Stage.MAIL, Step.RCPT: Stage.RCPT, Step.DATA: Stage.DATA}


class Line(asyncio.Protocol):
    """A connection. While it opens, replies go to `on_opening`; then it asks its owner for work."""

    def __init__(self, owner: Owner, *, most: int) -> None:
        self.owner = owner
        self.features = Features()
        self.is_plain = True
        self.most = most  # letters before a new connection
        self.carried = 0
        self.waits_since = 0.0
        self.on_opening: Callable[[int, bytes, Exception | None], None] | None = None
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._replies = Replies()
        self._expected: deque[Step] = deque()
        self._unsent: deque[tuple[Step, bytes]] = deque()  # plain dialogue only
        self._body: Letter | None = None
        self._announced: Letter | None = None
        self._refusal: Outcome | None = None
        self._is_held = False
        self._is_ready = False
        self._why = ""
        self._ends_by = ""
        self._is_blameless = False
        self._is_closing = False
        self._is_gone = False

    # --- what the owner does with it ------------------------------------------------------------

    @property
    def waits_for(self) -> Step | None:
        """What the server is to answer next; None: nothing is outstanding."""
        return self._expected[0] if self._expected else None

    @property
    def is_held(self) -> bool:
        """A body waits for `may_write`."""
        return self._is_held

    @property
    def in_flight(self) -> list[Letter]:
        """Letters on this line, the one whose body was written first."""
        return [letter for letter in (self._body, self._announced) if letter is not None]

    @property
    def held(self) -> Letter | None:
        """The letter whose body waits for `may_write`."""
        return self._announced if self._is_held else None

    def opened(self, features: Features, *, is_plain: bool) -> None:
        """The opening is over: letters may be carried from the next `go_on` on."""
        self.features = features
        self.is_plain = is_plain or not features.pipelining
        self.on_opening = None
        self._is_ready = True

    def go_on(self) -> None:
        """Ask for work, or once more whether the held body may be written."""
        if not self._is_ready or self._is_gone or self._why:
            return
        if self._is_held:
            self._write_body_if_allowed()
        elif not self._expected:
            self._announce_next()

    def drop(self, why: str, *, is_ours: bool = False) -> None:
        """Close at once; a body outstanding becomes unknown, an announced letter comes back.

        `is_ours`: the letter has no part in it.
        """
        self._why = self._why or why
        self._is_blameless = self._is_blameless or is_ours
        if self._transport is not None:
            self._transport.abort()
        else:
            self.connection_lost(None)

    def end(self, why: str) -> None:
        """Close as soon as the body on the wire is answered; an announced letter comes back."""
        if self._body is None:
            self.drop(why, is_ours=True)
        else:
            self._ends_by = why

    def quit(self) -> None:
        """Say goodbye when nothing is outstanding, else as soon as it is answered."""
        self._is_closing = True
        if not self._expected and not self._is_held:
            self._say_goodbye()

    def write(self, data: bytes) -> None:
        """Bytes of the opening."""
        if self._transport is not None:
            self._transport.write(data)

    @property
    def transport(self) -> asyncio.Transport | None:
        """The connection below; replaced when TLS starts."""
        return self._transport

    def replaced(self, transport: asyncio.Transport) -> None:
        """TLS started. Raises Garbled when something was said in the clear before it."""
        if not self._replies.is_empty:
            raise Garbled("The server spoke in the clear before TLS")
        self._transport = transport
        self._replies = Replies()

    # --- asyncio's side --------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        if self._awaits_round():
            taken = self._replies.round_in(data)
            if taken is not None:
                self._next_round(taken)
                return
        try:
            replies = self._replies.feed(data)
        except Garbled as error:
            self._take_in(error.before)
            if not self._is_gone and not self._why:
                self._surprise(f"Not a reply: {error}")
            return
        self._take_in(replies)

    def _take_in(self, replies: Sequence[tuple[int, bytes]]) -> None:
        for code, text in replies:
            if self._is_gone or self._why:
                return
            if self.on_opening is not None:
                self.on_opening(code, text, None)
            else:
                self._answered(code, text)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol. Also called when there never was a transport."""
        if self._is_gone:
            return
        self._is_gone = True
        why = self._why or (str(exc) if exc else "The server closed the connection")
        stage = next((_STAGES[step] for step in self._expected if step in _STAGES), Stage.DATA)
        # Before MAIL was answered the server gave up the line, not this letter.
        is_blameless = self._is_blameless or (stage is Stage.MAIL and self.carried > 0)
        body, announced = self._body, self._announced
        self._body = self._announced = None
        if self.on_opening is not None:
            self.on_opening(0, b"", exc or ConnectionError(why))
        if body is not None:
            self.owner.ended(body, broken_line(Stage.BODY, body_on_the_wire=True, text=why))
        if announced is not None:
            broken = broken_line(stage, body_on_the_wire=False, text=why)
            self.owner.returned(announced, None if is_blameless else broken)
        self.owner.gone(self)

    # --- the dialogue ----------------------------------------------------------------------------

    def _awaits_round(self) -> bool:
        """The replies to a body and to the next letter's whole envelope: nearly always."""
        if self._refusal is not None or self._ends_by or self._is_gone or self._why:
            return False
        return tuple(self._expected) == _ROUND

    def _next_round(self, text: bytes) -> None:
        """What `_answered` would do, reply by reply, in a third of its time."""
        self._expected.clear()
        letter, self._body = self._body, None
        self.carried += 1
        if letter is not None:
            self.owner.ended(letter, outcome_of(250, shown(text), Stage.BODY))
        if not self._is_gone and not self._why:
            self._write_body_if_allowed()

    def _answered(self, code: int, text: bytes) -> None:
        if not self._expected:
            self._unasked(code, text)
            return
        self.waits_since = self._loop.time()
        step = self._expected.popleft()
        if code == 421 and step is not Step.QUIT:
            self._too_busy(step, text)
        elif step is Step.BODY:
            self._body_ended(code, text)
        elif step is Step.DATA:
            self._data_answered(code, text)
        elif step in (Step.MAIL, Step.RCPT):
            self._envelope_answered(step, code, text)
        elif step is Step.QUIT or (step is Step.RSET and code != 250):
            self.drop("Closed")
        elif not self._expected:
            self._next_command()

    def _body_ended(self, code: int, text: bytes) -> None:
        letter, self._body = self._body, None
        self.carried += 1
        outcome = outcome_of(code, shown(text), Stage.BODY)
        if letter is not None:
            self.owner.ended(letter, outcome)
        if not 200 <= code < 600 or 300 <= code < 400:
            self._surprise(f"{code} to the final dot")
        elif self._ends_by:
            self.drop(self._ends_by, is_ours=True)
        elif not self._expected:
            self._next_command()

    def _envelope_answered(self, step: Step, code: int, text: bytes) -> None:
        good = code == 250 or (step is Step.RCPT and code == 251)
        if code == 354:
            self._surprise("354 before DATA")
        elif not good and self._refusal is None:
            self._refusal = outcome_of(code, shown(text), _STAGES[step])
        if not self._expected and not self._why:
            if self._refusal is not None:
                self._unsent.clear()
                self._envelope_refused()
            else:
                self._next_command()

    def _data_answered(self, code: int, text: bytes) -> None:
        if code == 354 and self._refusal is None:
            self._write_body_if_allowed()
        elif code == 354:
            # Nobody is to get anything: an empty body, which the server refuses or throws away.
            self._envelope_refused(b".\r\n", Step.NOTHING)
        elif code < 400:
            self._surprise(f"{code} to DATA")
        else:
            self._refusal = self._refusal or outcome_of(code, shown(text), Stage.DATA)
            self._envelope_refused()

    def _envelope_refused(self, command: bytes = b"RSET\r\n", step: Step = Step.RSET) -> None:
        letter, self._announced = self._announced, None
        refusal, self._refusal = self._refusal, None
        self._expected.append(step)
        if letter is not None and refusal is not None:
            self.owner.ended(letter, refusal)
        tail = b"" if self.is_plain or self._is_closing else self._envelope()
        self._send(command + tail)

    def _write_body_if_allowed(self) -> None:
        letter = self._announced
        if letter is None:
            return
        allowed = self.owner.may_write(letter)
        self._is_held = allowed is None
        if allowed is False:
            self.drop("Not sent: no longer allowed", is_ours=True)
        elif allowed:
            self._write_body(letter)

    def _write_body(self, letter: Letter) -> None:
        self._body, self._announced = letter, None
        self._expected.append(Step.BODY)
        is_last = self._is_closing or self.is_plain or self.carried + 1 >= self.most
        tail = b"" if is_last else self._envelope()
        self._send(letter.octets, b".\r\n" + tail)

    def _announce_next(self) -> None:
        if self._is_closing or self.carried >= self.most:
            self._say_goodbye()
            return
        commands = self._envelope()
        if commands:
            self._send(commands)
        else:
            self.owner.rests(self)

    def _next_command(self) -> None:
        """Nothing is outstanding: the next command of a plain dialogue, or the next letter."""
        if not self._unsent:
            self._announce_next()
            return
        step, command = self._unsent.popleft()
        self._expected.append(step)
        self._send(command)

    def _envelope(self) -> bytes:
        """Commands that announce the next letter; what can not go by this server ends at once."""
        while (letter := self.owner.take()) is not None:
            refusal = unfit(letter, self.features)
            if refusal is None:
                return self._commands(letter)
            self.owner.ended(letter, refusal)
        return b""

    def _commands(self, letter: Letter) -> bytes:
        self._announced, self._refusal = letter, None
        mail, rcpt = commands_of(letter, self.features)
        if self.is_plain:
            self._expected.append(Step.MAIL)
            self._unsent.extend(((Step.RCPT, rcpt), (Step.DATA, b"DATA\r\n")))
            return mail
        self._expected.extend((Step.MAIL, Step.RCPT, Step.DATA))
        return mail + rcpt + b"DATA\r\n"

    def _send(self, *parts: bytes) -> None:
        self.waits_since = self._loop.time()
        if self._transport is not None:
            self._transport.writelines(parts)

    def _say_goodbye(self) -> None:
        self._is_closing = True
        self._expected.append(Step.QUIT)
        self._send(b"QUIT\r\n")

    def _too_busy(self, step: Step, text: bytes) -> None:
        outcome = outcome_of(421, shown(text), _STAGES.get(step, Stage.BODY))
        letter = self._body if step is Step.BODY else None
        if letter is not None:
            self._body = None
            self.owner.ended(letter, outcome)
        self.owner.busy(self, outcome)
        self.drop(f"421 {outcome.text}", is_ours=step is Step.MAIL)

    def _unasked(self, code: int, text: bytes) -> None:
        """A server that gives up an idle line says so; anything else is a surprise."""
        if code == 421:
            self.drop(f"421 {shown(text)}")
        else:
            self._surprise(f"{code} {shown(text)} to nothing")

    def _surprise(self, why: str) -> None:
        self.owner.surprised(self, why)
        self.drop(why)
