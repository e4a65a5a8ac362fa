"""What a member may change: add addresses by hand, and lift what is theirs to lift."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from consent.ledger.suppressing import Blocked, lift, suppress_all
from consent.suppressed.reading import lines_of, reasons_of
from marketing.accounts.auditing import record
from marketing.models import Member, Suppression

# A complaint is the person's own word: no member and no import lifts it.
LIFTABLE: Final = (Suppression.Reason.MEMBER, Suppression.Reason.IMPORT, Suppression.Reason.BOUNCE)


@dataclass(frozen=True)
class Added:
    """What became of addresses typed by hand, each counted once."""

    new: int
    before: int  # by a member, too
    otherwise: int  # of `new`: had another reason already

    @property
    def words(self) -> str:
        """For whoever typed them."""
        said = f"{self.new:,} blocked. They get no mail."
        if self.before:
            said += f" {self.before:,} {_were(self.before)} blocked by a member before."
        if self.otherwise:
            of_them = f"{self.otherwise:,} of them {_were(self.otherwise)}"
            said += f" {of_them} blocked for another reason already, and keep that one too."
        return said


def add(people: Sequence[Blocked], *, reason: str, by: Member) -> Added:
    """Suppress addresses by hand. Call inside `use_account`."""
    hashes = {one.address_hash for one in people}
    reasons = reasons_of(by.account, hashes)
    before = sum(Suppression.Reason.MEMBER in held for held in reasons.values())
    note = f"{reason} ({by.user.display_name})"
    told = [Blocked(one.address_hash, one.address, note) for one in people]
    added = suppress_all(by.account_id, told, Suppression.Reason.MEMBER, member_id=by.pk)
    subject = people[0].address if len(people) == 1 else f"{added:,} addresses"
    record(by.account, by=by, act="suppression.added", subject=subject, after=reason)
    return Added(new=added, before=before, otherwise=len(reasons) - before)


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def lift_one(row: Suppression, *, reason: str, by: Member) -> bool:
    """Lift one reason from one address; False where somebody did. Call inside `use_account`.

    Raises ValueError for a complaint.
    """
    if row.reason not in LIFTABLE:
        raise ValueError("A complaint is lifted by the person only.")
    (line,) = lines_of(by.account, [row])
    hashes = [bytes(row.address_hash)]
    if not lift(by.account_id, hashes, row.reason, note=reason, member_id=by.pk):
        return False
    record(
        by.account,
        by=by,
        act="suppression.lifted",
        subject=line.address or "An erased address",
        before=line.reason_label,
        after=reason,
    )
    return True
