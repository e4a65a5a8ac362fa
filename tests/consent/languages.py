"""A language more, as one file: made for tests and put beside the catalogues we ship."""

import struct
from collections.abc import Mapping
from pathlib import Path


def add_language(folder: Path, code: str, said: Mapping[str, str]) -> None:
    """Write <folder>/<code>/LC_MESSAGES/django.mo (the GNU format, without a hash table)."""
    head = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=n!=1;\n"
    pairs = [(a.encode(), b.encode()) for a, b in sorted({"": head, **said}.items())]
    at = 28 + 16 * len(pairs)
    tables: list[list[int]] = [[], []]
    texts = b""
    for side in (0, 1):
        for pair in pairs:
            tables[side] += [len(pair[side]), at + len(texts)]
            texts += pair[side] + b"\0"
    numbers = [0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, at, *tables[0], *tables[1]]
    target = folder / code / "LC_MESSAGES"
    target.mkdir(parents=True)
    (target / "django.mo").write_bytes(struct.pack(f"<{len(numbers)}I", *numbers) + texts)
