"""`make check`: format, lint, import contracts, types, templates, settings, migrations.

Needs no server: nothing here asks the database.
"""

import os

from bin import environment
from bin.installing import python_env
from bin.places import PYTHON, ROOT, VENV
from bin.running import claiming
from bin.running.programs import captured
from bin.trouble import say

# settings.production refuses to start without these; the values are never used
DUMMY = {
    "DJANGO_SETTINGS_MODULE": "settings.production",
    "SECRET_KEY": "check-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQ",
    "ADDRESS_HASH_KEY": "check-0123456789-abcdefghijklmnopqrstuvwxyz",
    "TOKEN_KEY": "check-9876543210-abcdefghijklmnopqrstuvwxyz",
    "DATABASE_URL": "postgres://assent@127.0.0.1:1/assent",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "SITE_URL": "https://assent.example",
    "TRACKING_URL": "https://links.assent.example",
    "EMAIL_URL": "smtp://127.0.0.1:1",
    "ALLOWED_HOSTS": "assent.example",
}
RUFF = str(VENV / "bin" / "ruff")
DJADE = (str(VENV / "bin" / "djade"), "--target-version", "5.2")
TEMPLATES = ("templates", "mailcatcher/templates")
DJANGO = (str(PYTHON), "-W", "ignore::RuntimeWarning", "manage.py")


def checks() -> list[tuple[str, list[str]]]:
    """Names and commands, the quick ones first."""
    return [
        ("format", [RUFF, "format", "--check", "."]),
        ("lint", [RUFF, "check", "."]),
        ("import contracts", [str(VENV / "bin" / "lint-imports"), "--no-cache"]),
        ("templates", [*DJADE, "--check", *templates()]),
        ("settings", [*DJANGO, "check", "--deploy", "--fail-level", "WARNING"]),
        ("migrations", [*DJANGO, "makemigrations", "--check", "--dry-run"]),
        ("types", [str(PYTHON), "-m", "mypy", "."]),
    ]


def run() -> int:
    """Runs all checks, so that one failure does not hide another; 1 when any failed."""
    with claiming.setting_up():
        python_env.prepare()
    env = {**os.environ, **environment.of_program(), **DUMMY}
    failed = [name for name, command in checks() if not passes(name, command, env)]
    if failed:
        say(f"make check: {', '.join(failed)} failed")
    return 1 if failed else 0


def mend() -> int:
    """`make format`: what a machine can mend of format, lint and templates."""
    with claiming.setting_up():
        python_env.prepare()
    for command in ([RUFF, "check", "--fix", "--quiet", "."], [RUFF, "format", "."]):
        say(captured(command, cwd=ROOT).stdout.rstrip())
    captured([*DJADE, *templates()], cwd=ROOT)
    return 0


def passes(name: str, command: list[str], env: dict[str, str]) -> bool:
    done = captured(command, cwd=ROOT, env=env)
    say(f"  {name}: {'ok' if done.returncode == 0 else 'FAILED'}")
    if done.returncode:
        say((done.stdout + done.stderr).rstrip())
    return done.returncode == 0


def templates() -> list[str]:
    """Every template of the product and of the mail catcher."""
    found = [path for folder in TEMPLATES for path in (ROOT / folder).rglob("*.html")]
    return [str(path.relative_to(ROOT)) for path in sorted(found)]
