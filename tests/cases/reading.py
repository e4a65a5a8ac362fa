"""The cases of tests/data/cases (or of ASSENT_CASES), read as they lie."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

CASES = Path(os.environ.get("ASSENT_CASES") or Path(__file__).parents[1] / "data" / "cases")


def cases_of(name: str) -> list[Any]:
    """The entries of one JSON file, each as a pytest parameter; one skip if the file is absent."""
    path = CASES / name
    if not path.exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason=f"no {name} in {CASES}"))]
    entries = json.loads(path.read_text())
    return [
        pytest.param(entry, id=f"{number}-{entry.get('id') or entry.get('field')}")
        for number, entry in enumerate(entries)
    ]
