"""Where the shared cases lie: tests/data/cases, or the folder named by ASSENT_CASES."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

_SHIPPED = Path(__file__).resolve().parents[1] / "data" / "cases"
CASES = Path(os.environ.get("ASSENT_CASES") or _SHIPPED)


def cases_file(name: str) -> Path:
    """The path of a file of the cases; where it is missing the tests are skipped and say so."""
    path = CASES / name
    if not path.exists():
        pytest.skip(f"case file {path} is missing", allow_module_level=True)
    return path


def cases_json(name: str) -> Any:
    """The parsed content of a JSON file of the cases."""
    return json.loads(cases_file(name).read_text(encoding="ascii"))


def cases_of(name: str) -> list[Any]:
    """The entries of one JSON file, each as a pytest parameter; one skip if the file is absent."""
    path = CASES / name
    if not path.exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason=f"no {name} in {CASES}"))]
    return [
        pytest.param(entry, id=f"{number}-{entry.get('id') or entry.get('field')}")
        for number, entry in enumerate(json.loads(path.read_text(encoding="ascii")))
    ]
