"""How long a basis for writing without asking can be claimed to last."""

from datetime import date, timedelta
from typing import Final

from marketing.audience.models import Contact

# Canada's two years after a purchase, leap day and all: no law we know of names more.
LONGEST_IMPLIED: Final = timedelta(days=731)


def wrong_end(basis: str, until: date, *, today: date) -> str:
    """Why the basis can not end on this day, as a sentence; "" where it can."""
    if until < today:
        return "This day is over, so the basis is too. Say a later day."
    if basis == Contact.Basis.IMPLIED and until - today > LONGEST_IMPLIED:
        latest = today + LONGEST_IMPLIED
        return f"Implied consent lasts two years at most. Say a day until {latest:%Y-%m-%d}."
    return ""
