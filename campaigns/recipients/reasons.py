"""Why a person gets a campaign, is asked first, or never gets it: one word per reason.

The gate's reasons are worded in consent.reasons; those of closing are added here. Labels are those
of screens.md 15; `sentence` answers "why did Ana not get it?" for people.
"""

from consent.reasons import GATE_REASONS, Reason

_ALL = (
    *GATE_REASONS,
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
