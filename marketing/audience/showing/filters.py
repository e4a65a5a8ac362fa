"""What the URL of the contacts list asks for, and the words of its filters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.http import QueryDict

from marketing.accounts.models import Account
from marketing.audience.models import Segment

# Code in contact.consent (see contact_consent() in migration 0006) -> its label, as the pills
# stand. Each person is under exactly one.
CONSENTS: Final[Mapping[str, str]] = {
    "agreed": "Agreed",
    "not_asked": "Not asked yet",
    "no_answer": "Asked, no answer",
    "refused": "Refused",
    "unsubscribed": "Unsubscribed",
    "withdrew": "Withdrew consent",
    "customer": "Customer",
    "bounced": "Bounced",
    "blocked": "Blocked",
}
TRACKING: Final = {"yes": "Yes", "no": "No", "": "Not asked"}


@dataclass(frozen=True)
class Filters:
    """What the URL asks for; unknown values ask for nothing."""

    q: str = ""
    consent: str = ""
    country: str = ""
    tracking: str = ""
    segment: Segment | None = None

    @property
    def any_set(self) -> bool:
        """Whether the list is narrowed at all."""
        return bool(self.q or self.consent or self.country or self.tracking or self.segment)

    @property
    def wanted_country(self) -> str:
        """The code as stored."""
        return self.country.replace("unknown", "")

    @property
    def wanted_tracking(self) -> str:
        """The choice as stored."""
        return self.tracking.replace("not_asked", "")


def read_filters(query: QueryDict, segments: Sequence[Segment]) -> Filters:
    """The filters of a query string; `segments` are those of the account."""
    consent = query.get("consent", "")
    tracking = query.get("tracking", "")
    wanted = query.get("segment", "")
    return Filters(
        q=query.get("q", "").replace("\0", "").strip()[:200],
        consent=consent if consent in CONSENTS else "",
        country=query.get("country", "").replace("\0", "")[:7],
        tracking=tracking if tracking in {"yes", "no", "not_asked"} else "",
        segment=next((segment for segment in segments if str(segment.pk) == wanted), None),
    )


def segments_of(account: Account) -> list[Segment]:
    """The account's segments by name."""
    return list(Segment.objects.for_account(account).order_by("name"))
