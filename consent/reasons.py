"""The gate's reasons in words: one code, label and sentence per way its seven rows can decide.

Pages of this app and of campaigns read them here; campaigns.recipients.reasons adds the reasons a
recipient is closed with later.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Reason:
    """A code with its label, the sentence that explains it, and the gate's row (0: none)."""

    code: str
    label: str
    sentence: str
    row: int = 0


# The seven rows of the table in `consent.gate`, first match wins.
ROWS: Final[Mapping[int, str]] = {
    1: "The address must not be mailed",
    2: "The person left or said no",
    3: "The person agreed",
    4: "Asked before, no answer",
    5: "A recorded basis that both countries accept",
    6: "No consent is needed",
    7: "Nothing else applies: ask first",
}

GATE_REASONS: Final = (
    Reason("suppressed_complaint", "Complained", "They reported a mail as unwanted.", 1),
    Reason("suppressed_bounce", "Address bounced", "A server said that the address is wrong.", 1),
    Reason("suppressed_member", "Blocked by a member", "A member blocked this address.", 1),
    Reason("suppressed_import", "Excluded by import", "An imported list excludes the address.", 1),
    Reason("unsubscribed", "Unsubscribed", "They unsubscribed.", 2),
    Reason("refused", "Refused", "They were asked and said no.", 2),
    Reason("withdrew", "Withdrew consent", "They withdrew their consent.", 2),
    Reason("contact_deleted", "Contact deleted", "The contact was deleted before its turn.", 2),
    Reason("agreed", "Agreed", "They agreed to receive the newsletter.", 3),
    Reason(
        "asked_no_answer",
        "Asked before, no answer",
        "They were asked once and have not answered. Nobody is asked twice.",
        4,
    ),
    Reason(
        "basis_existing_customer",
        "Customer",
        "They are a customer, and every country that locks consent accepts that.",
        5,
    ),
    Reason(
        "basis_implied",
        "Implied consent",
        "Their consent is implied, and every country that locks consent accepts that.",
        5,
    ),
    Reason(
        "no_consent_needed",
        "No consent needed",
        "No country locks consent and the campaign does not require it.",
        6,
    ),
    Reason("asked_now", "Asked first", "They are asked first. The mail follows their yes.", 7),
)

BY_CODE: Final[Mapping[str, Reason]] = {reason.code: reason for reason in GATE_REASONS}
