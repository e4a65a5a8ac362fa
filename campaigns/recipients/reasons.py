"""Why a person gets a campaign, is asked first, or never gets it: one word per reason.

Codes come from the gate and from closing; labels are those of screens.md 15. `sentence` answers
"why did Ana not get it?" for people.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """A code with its label, the sentence that explains it, and the gate's row (0: none)."""

    code: str
    label: str
    sentence: str
    row: int = 0


_ALL = (
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
    Reason("no_answer_in_time", "No answer in time", "They did not answer in time."),
    Reason("stopped", "Stopped", "The campaign was stopped before their turn."),
)

REASONS: dict[str, Reason] = {reason.code: reason for reason in _ALL}

# The order of the review card and of the filter on the Recipients tab.
NEVER_CODES = (
    "asked_no_answer",
    "unsubscribed",
    "refused",
    "withdrew",
    "suppressed_bounce",
    "suppressed_complaint",
    "suppressed_member",
    "suppressed_import",
    "no_answer_in_time",
    "contact_deleted",
)


def label(code: str) -> str:
    """The label of a reason code; the code itself if it is not ours."""
    return REASONS[code].label if code in REASONS else code
