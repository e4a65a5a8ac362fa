"""Unpacks npm's Chromium: `unpack.py ARCHIVES TARGET`; runs in `.venv`, which has brotli.

The package's own script wants a newer Node than we ask for; the archives are plain brotli.
"""

import io
import sys
import tarfile
from pathlib import Path

import brotli  # type: ignore[import-untyped]

# its libraries stand in for the system's (NSS and so on) when those are missing
START = """#!/bin/sh
here=$(dirname "$0")
export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
exec "$here/chromium" "$@"
"""


def main(archives: Path, target: Path) -> None:
    target.mkdir(parents=True)
    program = target / "chromium"
    program.write_bytes(brotli.decompress((archives / "chromium.br").read_bytes()))
    program.chmod(0o755)
    for name in ("al2023.tar.br", "swiftshader.tar.br", "fonts.tar.br"):
        packed = archives / name
        if packed.is_file():
            content = io.BytesIO(brotli.decompress(packed.read_bytes()))
            with tarfile.open(fileobj=content) as tar:
                tar.extractall(target, filter="data")
    start = target / "chromium.sh"
    start.write_text(START)
    start.chmod(0o755)


main(Path(sys.argv[1]), Path(sys.argv[2]))
