"""`python3 -m bin COMMAND`: refuses an old Python in one line, then hands over to commands."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the one place that meets an old Python
    sys.exit(
        f"Assent needs Python 3.11 or newer, this is {sys.version.split()[0]}. "
        "Name another one: make demo PYTHON=python3.12"
    )

from bin.commands import main

sys.exit(main(sys.argv[1:]))
