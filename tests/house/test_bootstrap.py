"""Steps, places, ports and locks of the bootstrap."""

import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bin import demo, environment
from bin.commands import COMMANDS
from bin.installing.stamps import fingerprint, once
from bin.places import LONGEST_SOCKET_FOLDER, ROOT, Place
from bin.processes import PORTS
from bin.running.programs import answers, run
from bin.trouble import Trouble

LOCKS = (
    "requirements.txt",
    "requirements-dev.txt",
    "bin/installing/requirements-uv.txt",
    "bin/installing/requirements-node.txt",
    "package-lock.json",
    "bin/installing/npm_chromium/package-lock.json",
)


class Counter:
    """A step that counts how often it was done and makes a result."""

    def __init__(self, folder: Path) -> None:
        self.count = 0
        self.source = folder / "source"
        self.source.write_text("a")
        self.result = folder / "result"
        self.stamp = folder / "stamp"

    def do(self) -> None:
        self.count += 1
        self.result.touch()

    def once(self) -> int:
        once("Step", self.do, stamp=self.stamp, inputs=[self.source], result=self.result)
        return self.count


def test_a_step_is_done_again_only_when_its_inputs_or_its_result_changed(tmp_path: Path) -> None:
    step = Counter(tmp_path)
    assert [step.once(), step.once()] == [1, 1]
    step.source.write_text("b")
    assert [step.once(), step.once()] == [2, 2]
    step.result.unlink()
    assert [step.once(), step.once()] == [3, 3]


def test_a_step_that_failed_is_tried_again(tmp_path: Path) -> None:
    step = Counter(tmp_path)
    step.once()
    step.source.write_text("b")

    def fail() -> None:
        raise Trouble("no")

    with pytest.raises(Trouble):
        once("Step", fail, stamp=step.stamp, inputs=[step.source], result=step.result)
    step.source.write_text("a")
    assert step.once() == 2


def test_a_fingerprint_knows_where_one_input_ends(tmp_path: Path) -> None:
    assert fingerprint(["ab", "c"]) != fingerprint(["a", "bc"])
    assert fingerprint([tmp_path / "missing"]) == fingerprint([tmp_path / "missing"])


def test_a_failing_command_shows_the_end_of_its_log(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="the reason"):
        run(["sh", "-c", "echo the reason; exit 3"], log=tmp_path / "log")


def test_a_missing_program_answers_nothing() -> None:
    assert answers(["/nonexistent/program"]) is None


def test_sockets_move_to_a_private_folder_when_the_path_is_too_long(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * LONGEST_SOCKET_FOLDER)
    deep.mkdir()
    place = Place("trial", deep)
    place.make()
    try:
        folder = place.socket_folder("sock")
        assert folder.parent == place.aside
        assert stat.S_IMODE(place.aside.stat().st_mode) == 0o711
    finally:
        place.forget()
    assert not place.aside.exists()


def test_a_folder_aside_that_anybody_may_write_is_refused(tmp_path: Path) -> None:
    place = Place("trial", tmp_path)
    place.make()
    place.aside.mkdir()
    place.aside.chmod(0o777)
    try:
        with pytest.raises(Trouble, match="not a folder of ours"):
            place.make_aside()
    finally:
        place.aside.rmdir()


def test_a_link_in_place_of_the_state_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    place = Place("trial", tmp_path)
    place.state.symlink_to(precious)
    with pytest.raises(Trouble, match="is a link"):
        place.forget()
    assert precious.is_dir()


def test_keys_are_made_once_and_only_we_may_read_them(tmp_path: Path) -> None:
    place = Place("trial", tmp_path)
    place.make()
    made = environment.keys(place)
    assert environment.keys(place) == made
    assert len(set(made.values())) == len(environment.KEYS)
    assert stat.S_IMODE((place.state / "keys.json").stat().st_mode) == 0o600


def test_a_key_that_came_with_an_update_is_added_to_those_that_are_kept(tmp_path: Path) -> None:
    place = Place("trial", tmp_path)
    place.make()
    made = environment.keys(place)
    older = {name: key for name, key in made.items() if name != "CREDENTIALS_KEY"}
    (place.state / "keys.json").write_text(json.dumps(older))
    updated = environment.keys(place)
    assert {name: updated[name] for name in older} == older
    assert updated["CREDENTIALS_KEY"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            "postgres://assent@/assent?host=%2Fa%20b",
            "postgres://assent_tracking@/assent?host=%2Fa%20b",
        ),
        ("postgres://assent:x%40@db:5432/assent", "postgres://assent_tracking@db:5432/assent"),
        ("postgres://db/assent", "postgres://assent_tracking@db/assent"),
    ],
)
def test_the_tracking_login_uses_the_same_database(given: str, expected: str) -> None:
    assert environment.for_tracking(given) == expected


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def test_a_busy_port_is_named_in_one_line_and_another_is_offered() -> None:
    for _ in range(100):  # connections of earlier tests may linger below the port we get
        with socket.socket() as busy:
            busy.bind(("127.0.0.1", 0))
            busy.listen()
            port = busy.getsockname()[1]
            first = port - (PORTS - 1)
            if all(map(is_free, range(first, port))):
                with pytest.raises(Trouble, match=rf"Port {port} on 127.0.0.1 is taken.*demo$"):
                    demo.refuse_busy(first)
                return
    pytest.fail("no five ports in a row")


@pytest.mark.parametrize("text", ["80", "http", "70000", "-1"])
def test_a_port_that_cannot_be_is_refused(text: str) -> None:
    command = [sys.executable, "-m", "bin", "demo"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PORT": text},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert f"PORT={text} is not" in done.stdout
    assert "Traceback" not in done.stderr


def test_an_unknown_command_names_the_known_ones() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bin", "dance"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout.split()[-1].split("|") == list(COMMANDS)


def test_make_help_lists_every_command() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in (*COMMANDS, "help"):
        assert f"make {name}\t" in shown.stdout


@pytest.mark.parametrize("name", LOCKS)
def test_locks_name_no_host(name: str) -> None:
    """Any registry and any mirror must serve."""
    assert "://" not in (ROOT / name).read_text()


@pytest.mark.parametrize("name", [name for name in LOCKS if name.endswith(".txt")])
def test_every_locked_package_has_its_hashes(name: str) -> None:
    blocks = (ROOT / name).read_text().replace("\\\n", " ").splitlines()
    assert blocks
    assert all("==" in block and "--hash=sha256:" in block for block in blocks)
