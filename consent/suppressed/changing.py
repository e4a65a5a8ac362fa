"""What a member may change: add addresses by hand, and lift what is theirs to lift."""

from collections.abc import Sequence
from typing import Final

from consent.ledger.suppressing import Blocked, lift, suppress_all
from consent.suppressed.reading import lines_of
from marketing.accounts.auditing import record
from marketing.models import Member, Suppression

# A complaint is the person's own word: no member and no import lifts it.
LIFTABLE: Final = (Suppression.Reason.MEMBER, Suppression.Reason.IMPORT, Suppression.Reason.BOUNCE)


def add(people: Sequence[Blocked], *, reason: str, by: Member) -> int:
    """Suppress addresses by hand; how many were not yet. Call inside `use_account`."""
    note = f"{reason} ({by.user.display_name})"
    told = [Blocked(one.address_hash, one.address, note) for one in people]
    added = suppress_all(by.account_id, told, Suppression.Reason.MEMBER, member_id=by.pk)
    subject = people[0].address if len(people) == 1 else f"{added:,} addresses"
    record(by.account, by=by, act="suppression.added", subject=subject, after=reason)
    return added


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
