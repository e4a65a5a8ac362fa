"""`make lock`: remakes every lock from what pyproject.toml and package.json ask for.

No lock names a registry, so any index and any mirror serves; hashes stay.
"""

import json
from pathlib import Path

from bin.installing import browser_files, python_env
from bin.places import LOCAL, ROOT
from bin.running.programs import Words, run
from bin.trouble import Trouble, say

LOG = LOCAL / "log" / "lock.log"
PLAIN = ("--universal", "--python-version", "3.11", "--generate-hashes", "--no-header")
PYTHON_LOCKS = {
    "requirements.txt": ("pyproject.toml",),
    "requirements-dev.txt": ("pyproject.toml", "--group", "dev", "--group", "embedded"),
    "bin/installing/requirements-uv.txt": ("bin/installing/requirements-uv.in",),
    "bin/installing/requirements-node.txt": ("bin/installing/requirements-node.in",),
}
NPM_FOLDERS = (ROOT, ROOT / "bin" / "installing" / "npm_chromium")


def make() -> int:
    """Keeps locked versions that still fit; delete a lock first to get the newest of all."""
    python_env.prepare()
    uv = python_env.uv_command()
    if uv is None:
        raise Trouble("make lock needs uv, which has no wheel for this machine.")
    for target, sources in PYTHON_LOCKS.items():
        say(f"  {target}")
        command: Words = [uv, "pip", "compile", *sources, *PLAIN, "--no-annotate", "-o", target]
        run(command, cwd=ROOT, log=LOG)
    for folder in NPM_FOLDERS:
        lock = folder / "package-lock.json"
        say(f"  {lock.relative_to(ROOT)}")
        node = browser_files.find()
        run(
            [*node.npm, "install", "--package-lock-only"], cwd=folder, log=LOG, env=node.environment
        )
        without_links(lock)
    return 0


def without_links(lock: Path) -> None:
    """npm notes where to donate: addresses that nothing needs."""
    content = json.loads(lock.read_text())
    for package in content["packages"].values():
        package.pop("funding", None)
    lock.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
