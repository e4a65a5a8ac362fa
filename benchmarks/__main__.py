"""`python -m benchmarks`: the cases that ONLY names, or all, each a line."""

import os
import sys

import django

from benchmarks.copying import copied_data_set, use

CASES = ("launch", "pages", "tracking", "folding", "import")

wanted = os.environ.get("ONLY", "").replace(",", " ").split() or list(CASES)
if strange := [name for name in wanted if name not in CASES]:
    sys.exit(f"ONLY={strange[0]}: there is {', '.join(CASES)}.")
use(copied_data_set())
django.setup()

from benchmarks.cases import run  # noqa: E402 - Django comes first

run(wanted)
