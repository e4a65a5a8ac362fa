"""The workers of the benchmarks: whoever waits for them learns that they died, and why."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.mailing import workers


def test_who_waits_for_workers_that_died_is_told_their_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "settings.of_nobody")
    far: Any = SimpleNamespace(port=1)
    with (
        pytest.raises(workers.WorkersDied, match=r"ended with \d+:(?s:.*)settings\.of_nobody"),
        workers.running(far, tmp_path) as run,
    ):
        run.wait(lambda: False, "what never comes", patience=120)
