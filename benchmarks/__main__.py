"""`python -m benchmarks`: the cases that ONLY names, or all, each a line."""

import os
import sys

import django

from benchmarks.copying import EMPTY, RUN, copied_data_set, copy, use

WITHOUT_PEOPLE = ("sender", "latency", "django", "dkim")
WITH_OWN = ("engine", "crash")  # they make what they need in an empty database
WITH_PEOPLE = ("launch", "pages", "tracking", "folding", "import")
ON_DEMAND = ("ledger",)  # writes millions of records first: only when ONLY names it
CASES = (*WITHOUT_PEOPLE, *WITH_OWN, *WITH_PEOPLE, *ON_DEMAND)

wanted = os.environ.get("ONLY", "").replace(",", " ").split() or list(CASES[: -len(ON_DEMAND)])
if strange := [name for name in wanted if name not in CASES]:
    sys.exit(f"ONLY={strange[0]}: there is {', '.join(CASES)}.")
if not set(wanted).isdisjoint((*WITH_PEOPLE, *ON_DEMAND)):
    use(copied_data_set())
elif not set(wanted).isdisjoint(WITH_OWN):
    copy(EMPTY, RUN)
    use(RUN)
django.setup()

from benchmarks.cases import run  # noqa: E402 - Django comes first

run(wanted)
