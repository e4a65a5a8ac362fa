"""The crash journal: one byte per recipient in a memory-mapped file, per chunk and generation.

A kill between body and reply leaves mails of unknown outcome; the journal bounds them to the
connections that were open. The pages belong to the kernel: they survive the process, not the host.
"""

import mmap
import os
import re
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path
from types import TracebackType


class Mark(IntEnum):
    """How far a mail came; a later one never becomes an earlier one."""

    UNTOUCHED = 0
    BODY_ON_THE_WIRE = 1
    ACCEPTED = 2


_CHUNK_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")


class Journal:
    """The journal of one chunk under one generation of its lease. Use as a context manager."""

    def __init__(self, directory: Path, chunk: str, *, generation: int, size: int) -> None:
        """Create the file, or open it again. `size` is the number of recipients (at least 1)."""
        self._size = size
        path = _path(directory, chunk, generation)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(handle).st_size < size:
                os.ftruncate(handle, size)
            self._map = mmap.mmap(handle, size)
        finally:
            os.close(handle)

    def mark(self, position: int, mark: Mark) -> None:
        """Write how far the mail at this position came. Raises IndexError outside the chunk."""
        if not 0 <= position < self._size:
            raise IndexError(position)
        octets = self._map
        if mark > octets[position]:
            octets[position] = mark

    def close(self) -> None:
        """Let go of the file; it stays on disk until `remove`."""
        self._map.close()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def marks_of(directory: Path, chunk: str, *, size: int) -> bytes:
    """One mark per recipient, the highest over all generations; zeros where none was written."""
    merged = bytearray(size)
    for path in _files(directory, chunk):
        for position, mark in enumerate(path.read_bytes()[:size]):
            merged[position] = max(merged[position], mark)
    return bytes(merged)


def remove(directory: Path, chunk: str) -> None:
    """Forget a chunk, all generations: its outcomes are in the database."""
    for path in list(_files(directory, chunk)):
        path.unlink(missing_ok=True)


def _files(directory: Path, chunk: str) -> Iterator[Path]:
    return directory.glob(f"{_checked(chunk)}.*.journal")


def _path(directory: Path, chunk: str, generation: int) -> Path:
    return directory / f"{_checked(chunk)}.{generation:d}.journal"


def _checked(chunk: str) -> str:
    if not _CHUNK_NAME.fullmatch(chunk):
        raise ValueError(f"Not a chunk name: {chunk!r}")
    return chunk
