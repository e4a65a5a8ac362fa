"""The virtual environment `.venv` and the locked, hashed packages in it."""

import os
import shutil
import sys
from pathlib import Path

from bin.installing.stamps import once
from bin.places import LOCAL, PYTHON, ROOT, VENV
from bin.running.programs import Words, answers, run
from bin.trouble import Trouble, say

LOGS = LOCAL / "log"
LOCK = ROOT / "requirements-dev.txt"
UV_LOCK = ROOT / "bin" / "installing" / "requirements-uv.txt"


def prepare() -> None:
    """Makes `.venv` and brings its packages to what the lock says."""
    remove_unusable()
    once(
        f"Virtual environment with Python {sys.version_info[0]}.{sys.version_info[1]}",
        make,
        stamp=VENV / "made.stamp",
        inputs=[UV_LOCK, str(VENV)],
        result=PYTHON,
    )
    once(
        "Python packages, as locked",
        lambda: sync(LOCK),
        stamp=VENV / "packages.stamp",
        inputs=[LOCK, str(PYTHON.resolve())],
        result=VENV / "pyvenv.cfg",
    )


def remove_unusable() -> None:
    """Deletes a half-made environment, one whose Python is gone or too old."""
    if not VENV.exists() and not VENV.is_symlink():
        return
    version = answers([PYTHON, "-c", "import sys; print(sys.version_info >= (3, 11))"])
    if version == "True" and (VENV / "pyvenv.cfg").is_file():
        return
    say("  .venv is half made or its Python is gone: making it anew")
    remove()


def remove() -> None:
    if VENV.is_symlink():
        VENV.unlink()
    shutil.rmtree(VENV, ignore_errors=True)
    if VENV.exists():
        raise Trouble(f"{VENV} cannot be deleted: does it belong to another user?")


def make() -> None:
    """By Python's own venv, then uv into it; without ensurepip by a uv on PATH, or by pip."""
    if answers([PYTHON, "-m", "pip", "--version"]) or make_with_venv():
        install_uv()
    elif (uv := shutil.which("uv")) is not None:
        run([uv, "venv", "--python", sys.executable, VENV], log=LOGS / "venv.log")
    elif answers([sys.executable, "-m", "pip", "--version"]):
        run([sys.executable, "-m", "venv", "--without-pip", VENV], log=LOGS / "venv.log")
        pip: Words = [sys.executable, "-m", "pip", "--python", PYTHON]
        run([*pip, "install", "--require-hashes", "-r", UV_LOCK], log=LOGS / "uv.log")
    else:
        raise Trouble(
            "Python's venv module is incomplete: apt install python3-venv (or install uv), "
            "then repeat."
        )


def make_with_venv() -> bool:
    """Whether `python -m venv` worked; Debian's python3 without python3-venv leaves half of one."""
    try:
        run([sys.executable, "-m", "venv", VENV], log=LOGS / "venv.log")
    except Trouble:
        remove()
        return False
    return True


def install_uv() -> None:
    """uv takes seconds where pip takes a minute; where there is no wheel of it, pip does."""
    pip: Words = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    try:
        run([*pip, "--require-hashes", "-r", UV_LOCK], log=LOGS / "uv.log")
    except Trouble:
        say("  no uv for this machine: pip installs the packages, which takes longer")


def sync(lock: Path) -> None:
    """Installs exactly the locked packages into `.venv`."""
    uv = uv_command()
    if uv is not None:
        command: Words = [uv, "pip", "sync", "--require-hashes", "--python", PYTHON, lock]
    else:
        command = [PYTHON, "-m", "pip", "install", "--require-hashes", "-r", lock]
    run(command, log=LOGS / "packages.log", env=install_environment())


def install_into(folder: Path, lock: Path) -> None:
    """Installs locked packages into a plain folder outside `.venv`."""
    uv = uv_command()
    if uv is not None:
        command: Words = [uv, "pip", "install", "--python", PYTHON]
    else:
        command = [PYTHON, "-m", "pip", "install"]
    run(
        [*command, "--target", folder, "--require-hashes", "-r", lock],
        log=LOGS / f"{folder.name}.log",
        env=install_environment(),
    )


def uv_command() -> Path | None:
    inside = VENV / "bin" / "uv"
    if answers([inside, "--version"]):
        return inside
    outside = shutil.which("uv")
    return Path(outside) if outside and answers([outside, "--version"]) else None


def install_environment() -> dict[str, str]:
    """A home that cannot be written (an account without one) must not stop the installers."""
    environment = dict(os.environ)
    if not os.access(Path.home(), os.W_OK):
        environment["UV_CACHE_DIR"] = str(LOCAL / "cache" / "uv")
        environment["PIP_CACHE_DIR"] = str(LOCAL / "cache" / "pip")
    return environment
