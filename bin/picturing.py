"""`make screenshots`: pictures of every screen, on servers of their own that end with it."""

import signal

from bin import environment
from bin.installing import browser_files, chromium, python_env
from bin.places import PYTHON, ROOT, Place
from bin.running import claiming
from bin.running.programs import Words, spawn
from bin.running.supervisor import Stopped, Supervisor
from bin.serving import starting
from bin.trouble import Trouble, say

PICTURES = Place("pictures")
FOLDER = ROOT / "screenshots"


def run() -> int:
    """Returns 0 when all pictures were made."""
    with claiming.alone(PICTURES), Supervisor() as supervisor:
        say("Setting up")
        with claiming.setting_up():
            python_env.prepare()
            browser_files.prepare()
            browser = chromium.find()
        if browser is None:
            raise Trouble("Pictures need a browser: install Chromium, or set BROWSER_BIN.")
        PICTURES.forget()
        PICTURES.make()
        given = starting.start(supervisor, PICTURES, careless=True)
        env = environment.of_tests(PICTURES, servers=given) | {"BROWSER_BIN": browser}
        return take(env)


def take(env: dict[str, str]) -> int:
    say("Taking pictures, which needs some minutes ...")
    command: Words = [PYTHON, "-m", "tests.browser.picturing"]
    process = spawn(command, end_signal=signal.SIGTERM, cwd=ROOT, env=env)
    try:
        code = process.wait()
    except Stopped:
        process.terminate()
        process.wait()
        raise
    if code == 0:
        say(f"{len(list(FOLDER.iterdir()))} pictures are in {FOLDER}")
    return code
