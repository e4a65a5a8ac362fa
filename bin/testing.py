"""`make test`: the whole suite on a PostgreSQL and a Redis of its own, stopped afterwards."""

import os
import shlex
import signal
import subprocess

from bin import environment
from bin.installing import browser_files, chromium, python_env
from bin.places import PYTHON, ROOT, TEST
from bin.running import claiming
from bin.running.programs import Words, spawn
from bin.running.supervisor import Stopped, Supervisor
from bin.serving import starting
from bin.trouble import say

STOP_S = 20


def run() -> int:
    """Returns pytest's own exit code; ARGS are handed to it."""
    with claiming.alone(TEST), Supervisor() as supervisor:
        say("Setting up")
        with claiming.setting_up():
            python_env.prepare()
            browser_files.prepare()
            browser = chromium.find()
        TEST.forget()
        TEST.make()
        given = starting.start(supervisor, TEST, careless=True)
        env = environment.of_tests(TEST, servers=given)
        if browser is not None:
            env["BROWSER_BIN"] = browser
        return pytest(env)


def pytest(env: dict[str, str]) -> int:
    """In our own session, so that Ctrl-C and a debugger reach it."""
    arguments = shlex.split(os.environ.get("ARGS", ""))
    command: Words = [PYTHON, "-m", "pytest", *arguments]
    process = spawn(command, end_signal=signal.SIGTERM, cwd=ROOT, env=env)
    try:
        return process.wait()
    except Stopped:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
        raise
