"""The pipelined client against a server that misbehaves as scripted: the exact set each time."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field

import pytest
import uvloop

from mailwire.client import Letter, Patience, Pool, Way, deliver_all, letter
from mailwire.client.replies import features_of
from mailwire.outcomes import Kind, Mark, Outcome, Stage
from mailwire.relay import Relay
from tests.mailwire.scripted import Script, ScriptedSink, scripted

PATIENCE = Patience(command=20, final_reply=20)


@dataclass
class Heard:
    """How each letter ended, by address."""

    outcomes: dict[str, list[Outcome]] = field(default_factory=dict)

    def end(self, ended: Letter, outcome: Outcome) -> None:
        self.outcomes.setdefault(ended.recipient, []).append(outcome)

    def kinds(self) -> Counter[Kind]:
        assert all(len(found) == 1 for found in self.outcomes.values()), "told once each"
        return Counter(found[0].kind for found in self.outcomes.values())

    def of(self, kind: Kind) -> set[str]:
        return {who for who, found in self.outcomes.items() if found[0].kind is kind}


def letters(count: int) -> list[Letter]:
    return [
        letter(
            f"b+{n}@bounce.example",
            f"p{n}@example.test",
            f"Message-ID: <m{n}@x.example>\r\n\r\nHello {n}\r\n.dot\r\n..\r\nend\r\n".encode(),
        )
        for n in range(count)
    ]


def way_to(sink: ScriptedSink, **fields: object) -> Way:
    relay = Relay(host="127.0.0.1", port=sink.port)
    return Way(relay=relay, hello_name="web.example", **fields)  # type: ignore[arg-type]


def run_to(
    way: Way, mails: list[Letter], *, connections: int = 4, patience: Patience = PATIENCE
) -> Heard:
    heard = Heard()
    work = deliver_all(way, mails, heard.end, connections=connections, patience=patience)
    uvloop.run(asyncio.wait_for(work, 60))
    assert len(heard.outcomes) == len(mails), "everybody is told of"
    return heard


def deliver(
    sink: ScriptedSink,
    mails: list[Letter],
    *,
    connections: int = 4,
    patience: Patience = PATIENCE,
    **fields: object,
) -> Heard:
    return run_to(way_to(sink, **fields), mails, connections=connections, patience=patience)


def assert_each_once(sink: ScriptedSink, addresses: set[str]) -> None:
    assert sink.copies() == dict.fromkeys(addresses, 1)


def everybody(mails: list[Letter]) -> set[str]:
    return {each.recipient for each in mails}


def test_each_letter_arrives_once_byte_for_byte_on_few_lines() -> None:
    mails = letters(100)
    with scripted() as sink:
        assert deliver(sink, mails).kinds() == {Kind.ACCEPTED: 100}
        assert_each_once(sink, everybody(mails))
        assert sink.most_open <= 4
        first = next(mail for mail in sink.taken if mail.address == "p7@example.test")
        assert first.octets.endswith(b"Hello 7\r\n.dot\r\n..\r\nend\r\n")
        assert first.sender == "b+7@bounce.example"


def test_the_next_envelope_is_announced_behind_the_body() -> None:
    with scripted() as sink:
        deliver(sink, letters(3), connections=1)
        verbs = [command.split(" ")[0] for command in sink.commands]
        assert verbs == ["EHLO", *["MAIL", "RCPT", "DATA"] * 3, "QUIT"]
        assert "SIZE=" in sink.commands[1]


@pytest.mark.parametrize("extensions", [(), ("8BITMIME",)])
def test_without_pipelining_each_command_waits_for_its_reply(extensions: tuple[str, ...]) -> None:
    mails = letters(20)
    refused = {"p3@example.test", "p4@example.test"}
    script = Script(
        extensions=extensions,
        at_rcpt=lambda who, n: "550 5.1.1 no such user" if who in refused else "250 fine",
    )
    with scripted(script) as sink:
        heard = deliver(sink, mails, connections=2)
        assert heard.of(Kind.REFUSED_ADDRESS) == refused
        assert_each_once(sink, everybody(mails) - refused)
        assert not any("SIZE=" in command for command in sink.commands)


def test_refusals_keep_their_reasons_and_harm_nobody_else_on_the_line() -> None:
    mails = letters(400)
    full = {f"p{n}@example.test" for n in range(0, 400, 100)}
    gone = {f"p{n}@example.test" for n in range(1, 400, 100)}
    later = {f"p{n}@example.test" for n in range(400) if n % 10 in (3, 5, 7)}

    def at_rcpt(who: str, asked: int) -> str:
        if who in later and asked == 1:
            return "454 4.3.0 come back"
        if who in gone:
            return "550 5.1.1 no such user"
        return "552 5.2.2 mailbox full" if who in full else "250 2.1.5 fine"

    with scripted(Script(at_rcpt=at_rcpt)) as sink:
        heard = deliver(sink, mails)
        assert heard.of(Kind.TRY_LATER) == later | full
        assert heard.of(Kind.REFUSED_ADDRESS) == gone
        hard = heard.outcomes["p1@example.test"][0]
        assert (hard.mark, hard.text) == (Mark.HARD, "5.1.1 no such user")
        assert heard.outcomes["p100@example.test"][0].mark is Mark.SOFT
        assert_each_once(sink, everybody(mails) - later - full - gone)
        again = [each for each in letters(400) if each.recipient in later]
        assert deliver(sink, again).kinds() == {Kind.ACCEPTED: len(later)}
        assert_each_once(sink, everybody(mails) - full - gone)


def test_a_refused_recipient_with_354_all_the_same_gets_nothing() -> None:
    mails = letters(30)
    refused = {f"p{n}@example.test" for n in range(0, 30, 3)}
    script = Script(
        always_354=True,
        at_rcpt=lambda who, n: "550 5.7.1 no" if who in refused else "250 fine",
    )
    with scripted(script) as sink:
        heard = deliver(sink, mails, connections=2)
        assert heard.of(Kind.ACCEPTED) == everybody(mails) - refused
        assert heard.outcomes["p0@example.test"][0].text == "5.7.1 no"
        assert_each_once(sink, everybody(mails) - refused)
        assert all(mail.octets for mail in sink.taken), "no empty mail"


def test_a_server_that_says_421_after_each_forty_takes_everybody() -> None:
    mails = letters(300)
    with scripted(Script(busy_after=40)) as sink:
        assert deliver(sink, mails).kinds() == {Kind.ACCEPTED: 300}
        assert_each_once(sink, everybody(mails))
        assert sink.connections >= 300 / 40


def test_a_server_that_closes_after_each_five_takes_everybody() -> None:
    mails = letters(100)
    with scripted(Script(close_after=5)) as sink:
        assert deliver(sink, mails).kinds() == {Kind.ACCEPTED: 100}
        assert_each_once(sink, everybody(mails))


def test_letters_per_line_stay_below_the_limit_that_was_set() -> None:
    mails = letters(50)
    with scripted() as sink:
        deliver(sink, mails, connections=2, most=10)
        assert_each_once(sink, everybody(mails))
        assert sink.commands.count("QUIT") == sink.connections >= 5


def test_a_line_dropped_after_the_dot_leaves_one_unknown_and_the_next_unharmed() -> None:
    mails = letters(60)
    with scripted(Script(drop_after_dot=frozenset({"p20@example.test"}))) as sink:
        heard = deliver(sink, mails, connections=2)
        assert heard.of(Kind.UNKNOWN) == {"p20@example.test"}
        assert heard.of(Kind.ACCEPTED) == everybody(mails) - {"p20@example.test"}
        assert_each_once(sink, everybody(mails))


def test_somebody_over_whom_the_server_always_hangs_up_comes_back_later_alone() -> None:
    mails = letters(40)
    script = Script(at_rcpt=lambda who, n: None if who == "p9@example.test" else "250 fine")
    with scripted(script) as sink:
        heard = deliver(sink, mails, connections=2)
        assert heard.of(Kind.TRY_LATER) == {"p9@example.test"}
        assert heard.outcomes["p9@example.test"][0].stage is Stage.RCPT
        assert sink.asked["p9@example.test"] == 2
        assert_each_once(sink, everybody(mails) - {"p9@example.test"})


def test_slow_replies_cost_one_round_trip_for_a_letter() -> None:
    mails = letters(40)
    with scripted(Script(delay=0.02)) as sink:
        assert deliver(sink, mails, connections=10).kinds() == {Kind.ACCEPTED: 40}
        assert_each_once(sink, everybody(mails))
        assert sink.most_open == 10


def test_a_final_reply_that_does_not_come_in_time_means_unknown() -> None:
    script = Script(at_end=lambda who, n: "250-half")
    with scripted(script) as sink:
        heard = deliver(sink, letters(1), patience=Patience(command=20, final_reply=0.3))
        assert heard.kinds() == {Kind.UNKNOWN: 1}


def test_a_greeting_of_several_lines_is_read_to_its_end() -> None:
    with scripted(Script(greeting="220-sink.example\r\n220-no spam\r\n220 ready")) as sink:
        assert deliver(sink, letters(3)).kinds() == {Kind.ACCEPTED: 3}


def test_a_server_that_refuses_localhost_hears_our_own_name() -> None:
    with scripted(Script(refused_names=frozenset({"localhost"}))) as sink:
        assert deliver(sink, letters(3)).kinds() == {Kind.ACCEPTED: 3}
        assert sink.commands[0] == "EHLO web.example"


def test_a_refused_greeting_is_told_for_everybody_and_nothing_is_sent() -> None:
    script = Script(refused_names=frozenset({"web.example"}), replies={"HELO": "550 5.7.1 no"})
    with scripted(script) as sink:
        heard = deliver(sink, letters(3))
        assert heard.kinds() == {Kind.REFUSED_US: 3}
        first = heard.outcomes["p0@example.test"][0]
        assert (first.stage, first.text) == (Stage.HELLO, "5.7.1 no")
        assert first.stops_batch


def test_helo_is_tried_where_ehlo_is_unknown() -> None:
    with scripted(Script(replies={"EHLO": "500 what"})) as sink:
        assert deliver(sink, letters(3)).kinds() == {Kind.ACCEPTED: 3}
        assert "HELO web.example" in sink.commands


def test_a_server_that_breaks_its_own_offer_is_asked_one_by_one() -> None:
    """It answers DATA with 250: nothing that was announced is believed any more."""
    mails = letters(4)
    with scripted(Script(replies={"DATA": "250 fine"})) as sink:
        heard = deliver(sink, mails, connections=1)
        assert heard.kinds() == {Kind.TRY_LATER: 4}
        assert not sink.taken
        verbs = [command.split(" ")[0] for command in sink.commands]
        assert verbs.count("EHLO") > 1


def test_a_server_that_is_away_is_told_after_some_tries() -> None:
    sink = ScriptedSink()
    heard = deliver(sink, letters(2))
    assert heard.kinds() == {Kind.TRY_LATER: 2}
    assert heard.outcomes["p0@example.test"][0].stage is Stage.CONNECT


def test_smtputf8_and_8bitmime_are_used_only_when_needed_and_offered() -> None:
    strange = letter("", "añejo@example.test", b"Subject: a\r\n\r\nHello\r\n")
    eight = letter("", "p1@example.test", "Subject: a\r\n\r\nHellö\r\n".encode())
    with scripted() as sink:
        assert deliver(sink, [strange, eight, letters(1)[0]], connections=1).kinds() == {
            Kind.ACCEPTED: 3
        }
        mails = [command for command in sink.commands if command.startswith("MAIL")]
        assert ["SMTPUTF8" in command for command in mails] == [True, False, False]
        assert ["8BITMIME" in command for command in mails] == [False, True, False]
    with scripted(Script(extensions=("PIPELINING", "SIZE 30"))) as sink:
        heard = deliver(sink, [strange, eight, letters(1)[0]], connections=1)
        found = {who: outcomes[0].code for who, outcomes in heard.outcomes.items()}
        assert found == {"añejo@example.test": 553, "p1@example.test": 554, "p0@example.test": 552}
        assert not sink.taken


@pytest.mark.parametrize("size", ["9" * 5000, "\u00b2", "x", ""])
def test_a_size_that_is_none_limits_nothing(size: str) -> None:
    assert features_of(f"far.example\nSIZE {size}\nPIPELINING".encode()).size == 0


def test_an_address_can_not_carry_a_second_command() -> None:
    bad = Letter("", "a@example.test>\r\nRCPT TO:<b@example.test", b"x\r\n")
    with scripted() as sink:
        heard = deliver(sink, [bad, *letters(2)])
        assert heard.of(Kind.REFUSED_ADDRESS) == {bad.recipient}
        assert len(sink.taken) == 2
    with pytest.raises(ValueError, match="CRLF"):
        letter("", "a@example.test", b"a\n.\nMAIL FROM:<>\r\n")


class Cautious:
    """A feeder that is asked before each body."""

    def __init__(self, mails: list[Letter], answers: dict[str, list[bool | None]]) -> None:
        self.mails = mails
        self.answers = answers
        self.heard = Heard()
        self.back: list[str] = []

    def waiting(self) -> int:
        return len(self.mails)

    def take(self) -> Letter | None:
        return self.mails.pop(0) if self.mails else None

    def may_write(self, asked: Letter) -> bool | None:
        answers = self.answers.get(asked.recipient, [])
        return answers.pop(0) if answers else True

    def ended(self, ended: Letter, outcome: Outcome) -> None:
        self.heard.end(ended, outcome)

    def returned(self, returned: Letter) -> None:
        self.back.append(returned.recipient)

    def failed(self, outcome: Outcome) -> None:
        pytest.fail(outcome.text)


def test_a_body_is_held_until_it_may_go_and_dropped_when_it_may_not() -> None:
    answers: dict[str, list[bool | None]] = {
        "p1@example.test": [None, None, True],
        "p2@example.test": [None, False],
        "p4@example.test": [False],
    }
    feeder = Cautious(letters(6), answers)

    async def work(sink: ScriptedSink) -> None:
        pool = Pool(way_to(sink), feeder, connections=2, patience=PATIENCE)
        pool.wake()
        while feeder.mails or not pool.is_quiet:
            await asyncio.sleep(0.01)
            pool.tick()
        await pool.close()

    with scripted() as sink:
        uvloop.run(asyncio.wait_for(work(sink), 60))
        assert sorted(feeder.back) == ["p2@example.test", "p4@example.test"]
        assert_each_once(sink, everybody(letters(6)) - set(feeder.back))
        assert feeder.heard.kinds() == {Kind.ACCEPTED: 4}


def test_whoever_must_go_waits_for_final_replies_only() -> None:
    feeder = Cautious(letters(20), {})

    async def work(sink: ScriptedSink) -> None:
        pool = Pool(way_to(sink), feeder, connections=3, patience=PATIENCE)
        pool.wake()
        while len(sink.taken) < 3:
            await asyncio.sleep(0.01)
            pool.tick()
        left, feeder.mails = feeder.mails, []
        pool.drop_unwritten("We must go")
        while not pool.is_quiet:
            await asyncio.sleep(0.01)
            pool.tick()
        assert left
        await pool.close()

    with scripted(Script(delay=0.05)) as sink:
        uvloop.run(asyncio.wait_for(work(sink), 60))
        assert set(feeder.heard.kinds()) == {Kind.ACCEPTED}
        assert_each_once(sink, set(feeder.heard.outcomes))
        assert feeder.back, "announced letters came back"
