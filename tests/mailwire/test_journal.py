"""The journal: what it still knows after the process is gone."""

import os
import signal
from pathlib import Path

import pytest

from mailwire.journal import Journal, Mark, marks_of, remove


def test_marks_survive_a_killed_process(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        journal = Journal(tmp_path, "7-1", generation=1, size=3)
        journal.mark(0, Mark.BODY_ON_THE_WIRE)
        journal.mark(1, Mark.BODY_ON_THE_WIRE)
        journal.mark(1, Mark.ACCEPTED)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert marks_of(tmp_path, "7-1", size=3) == bytes([1, 2, 0])


def test_older_generations_are_merged_and_the_furthest_mark_counts(tmp_path: Path) -> None:
    with Journal(tmp_path, "c", generation=1, size=2) as first:
        first.mark(0, Mark.ACCEPTED)
    with Journal(tmp_path, "c", generation=2, size=2) as second:
        second.mark(0, Mark.BODY_ON_THE_WIRE)
        second.mark(1, Mark.BODY_ON_THE_WIRE)
    assert marks_of(tmp_path, "c", size=2) == bytes([2, 1])
    assert marks_of(tmp_path, "other", size=2) == bytes(2)
    remove(tmp_path, "c")
    assert marks_of(tmp_path, "c", size=2) == bytes(2)


def test_a_mark_never_goes_back_and_never_leaves_the_chunk(tmp_path: Path) -> None:
    with Journal(tmp_path, "c", generation=1, size=1) as journal:
        journal.mark(0, Mark.ACCEPTED)
        journal.mark(0, Mark.UNTOUCHED)
        with pytest.raises(IndexError):
            journal.mark(1, Mark.ACCEPTED)
    assert marks_of(tmp_path, "c", size=1) == bytes([2])


def test_a_chunk_name_can_not_leave_the_directory(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="chunk"):
        Journal(tmp_path, "../c", generation=1, size=1)
