"""docs/mailwire.md: its lines run as they stand there, without the rest of the product."""

import re
import subprocess
import sys
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from tests.mailwire.sink import Sink, running

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "mailwire.md").read_text(encoding="utf-8")
ALONE = """
import sys
strange = {name for name in sys.modules if name.partition(".")[0] in {"django", "celery"}}
assert not strange, strange
"""


def first_example() -> str:
    found = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_lines_of_the_page_send_a_thousand_personal_mails() -> None:
    with running(Sink()) as sink:
        code = first_example().replace("localhost:1025", f"127.0.0.1:{sink.port}")
        done = subprocess.run(
            [sys.executable, "-c", code + ALONE],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(" accepted ") == 1000
    mails = [message_from_bytes(body, policy=default) for body in sink.bodies]
    assert {mail["To"] for mail in mails} == {f"p{number}@example.com" for number in range(1000)}
    for mail in mails:
        assert not mail.defects
        number = mail["To"].partition("@")[0].removeprefix("p")
        assert mail["Subject"] == f"New bikes for Person {number}"
        html = mail.get_body(("html",))
        assert html is not None
        assert f"Hello Person {number}," in html.get_content()


def test_the_example_is_as_short_as_it_says() -> None:
    lines = [line for line in first_example().splitlines() if line.strip()]
    assert len(lines) <= 25


def test_every_module_it_names_is_there() -> None:
    for names in re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE):
        for name in re.findall(r"`(\w+)`", names):
            folder = ROOT / "mailwire"
            assert (folder / f"{name}.py").exists() or (folder / name).is_dir(), name
