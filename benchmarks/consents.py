"""ledger: Obtained consents over millions of records, each filter, against a thousand of them."""

import os
import time
from collections.abc import Iterator
from statistics import median
from typing import Final

from benchmarks.copying import RUN
from benchmarks.lengthening import lengthen
from benchmarks.pages import Visitor, in_turns
from benchmarks.rows import Row, say
from consent.forms.models import ConsentForm
from consent.ledger.reading import Filters, batches
from marketing.models import Contact
from marketing.tenancy import use_account

RECORDS: Final = 5_000_000
SMALL: Final = 1_000
EXPORTED: Final = 500
# Name of the row, query; {form}, {old}, {rare} and {half} are filled per account.
PAGES: Final = (
    ("all", ""),
    ("agreed", "event=agreed"),
    ("expired long ago", "event=expired"),
    ("newsletter", "purpose=newsletter"),
    ("tracking", "purpose=tracking"),
    ("tracking refused", "purpose=tracking&event=refused"),
    ("tracking agreed", "purpose=tracking&event=agreed"),
    ("standard form", "form={form}"),
    ("old form", "form={old}"),
    ("old form agreed", "form={old}&event=agreed"),
    ("last 7 days", "days=7"),
    ("last 30 days", "days=30"),
    ("last year", "days=365"),
    ("agreed last year", "event=agreed&days=365"),
    ("expired last 7 days", "event=expired&days=7"),
    ("tracking last year", "purpose=tracking&days=365"),
    ("search rare", "q={rare}"),
    ("search address", "q={address}"),
    ("search of nobody", "q=zzyzx"),
    ("search frequent", "q=ana"),
    ("search frequent agreed last year", "q=ana&event=agreed&days=365"),
    ("deep page", "before={half}"),
    ("deep page agreed", "event=agreed&before={half}"),
    ("deep page back", "after={half}"),
    ("deep page tracking", "purpose=tracking&before={half}"),
)


def rows() -> Iterator[Row]:
    """A row per filter, then the beginning of an export."""
    small, large = Visitor("small"), Visitor("large")
    wanted = int(os.environ.get("BENCH_RECORDS") or RECORDS)
    say(f"Writing {wanted:,} records (some minutes) ...")
    lengthen(RUN, {"small": (small.cast, SMALL), "large": (large.cast, wanted)})
    for visitor, records in ((small, SMALL), (large, wanted)):
        visitor.words |= _words(visitor, records)
    for label, query in PAGES:
        taken = in_turns([(one, one.url("consent:consents", query)) for one in (small, large)])
        times = dict(zip((small, large), map(median, taken), strict=True))
        yield _row(f"ledger: {label}", times[small], times[large])
    yield _row(f"ledger: first {EXPORTED} rows of an export", _exported(small), _exported(large))


def _row(name: str, small: float, large: float) -> Row:
    return Row(
        name=name,
        value=large * 1000,
        unit="ms",
        reference=small * 1000,
        against=f"{SMALL:,} records",
        note=f"{large / small:.2f} times",
    )


def _words(visitor: Visitor, records: int) -> dict[str, str]:
    account = visitor.cast.account
    with use_account(account):
        forms = dict(ConsentForm.objects.for_account(account).values_list("is_standard", "pk"))
        contact = Contact.objects.for_account(account).order_by("id").first()
    assert contact
    return {
        "form": str(forms[True]),
        "old": str(forms[False]),
        "half": str(records // 2),
        "address": contact.address,
    }


def _exported(visitor: Visitor) -> float:
    """Seconds of the first rows that an export of everybody who agreed writes."""
    start = time.perf_counter()
    lines = next(batches(visitor.cast.account, Filters(event="agreed"), size=EXPORTED))
    assert lines
    return time.perf_counter() - start
