"""What the children get told: addresses, keys, settings."""

import json
import os
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

from bin.places import ROOT, VENV, Place
from bin.processes import SMTP_OFFSET

HOST = "127.0.0.1"
KEYS = ("SECRET_KEY", "ADDRESS_HASH_KEY", "TOKEN_KEY", "CREDENTIALS_KEY")


def of_demo(place: Place, *, port: int, servers: Mapping[str, str]) -> dict[str, str]:
    """The environment of every process of the demo."""
    return {
        **os.environ,
        **of_program(),
        **keys(place),
        **servers,
        "DJANGO_SETTINGS_MODULE": "settings.development",
        "STATE_DIR": str(place.state),
        "SITE_URL": f"http://{HOST}:{port}",
        "TRACKING_URL": f"http://{HOST}:{port + 1}",
        "EMAIL_URL": f"smtp://{HOST}:{port + SMTP_OFFSET}",
    }


def of_tests(place: Place, *, servers: Mapping[str, str]) -> dict[str, str]:
    """The environment of pytest."""
    return {
        **os.environ,
        **of_program(),
        **servers,
        "DJANGO_SETTINGS_MODULE": "settings.test",
        "STATE_DIR": str(place.state),
    }


def of_program() -> dict[str, str]:
    """Our own programs and modules come first, whatever the caller has set."""
    return {
        "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "VIRTUAL_ENV": str(VENV),
    }


def keys(place: Place) -> dict[str, str]:
    """Random keys, made once and kept beside the data that depend on them."""
    file = place.state / "keys.json"
    kept: dict[str, str] = json.loads(file.read_text()) if file.is_file() else {}
    missing = [name for name in KEYS if name not in kept]
    if missing:
        kept |= {name: secrets.token_urlsafe(48) for name in missing}
        half = file.with_suffix(".new")
        half.touch(mode=0o600)
        half.write_text(json.dumps(kept, indent=1))
        half.rename(file)
    return kept


def for_tracking(url: str) -> str:
    """The same database under the tracking endpoint's login, where no other URL is given."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"assent_tracking@{place}"))
