"""How far campaigns are: sums over their mail chunks. Planned = sum of the states, always."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Sum

from campaigns.models import Campaign, Chunk
from campaigns.recipients.states import ORDER, State
from marketing.bars import BarPart, bar_parts, sentence

COLUMNS = ("planned", "queued", "pending", "sent", "never", "failed", "unknown")

# State on screen, column of the chunk, colour of the sheet.
_KINDS = {
    State.SENT: ("sent", "sent"),
    State.QUEUED: ("queued", "queued"),
    State.PENDING_CONSENT: ("pending", "pending"),
    State.NEVER_SENT: ("never", "never"),
    State.FAILED: ("failed", "errors"),
    State.UNKNOWN: ("unknown", "unknown"),
    State.STOPPED: ("stopped", "never"),
}


@dataclass(frozen=True, slots=True)
class Count:
    """One number of the running card: its people are one press away."""

    state: State
    kind: str
    number: int

    @property
    def label(self) -> str:
        """As on screen."""
        return self.state.label


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts of one campaign; a stopped one shows what was queued or pending as Stopped."""

    planned: int = 0
    queued: int = 0
    pending: int = 0
    sent: int = 0
    never: int = 0
    failed: int = 0
    unknown: int = 0
    stopped: int = 0

    @property
    def counts(self) -> tuple[Count, ...]:
        """Six counts in their fixed order, Stopped as seventh when not 0."""
        rows = [
            Count(state, kind, getattr(self, column))
            for state, (column, kind) in ((state, _KINDS[state]) for state in ORDER)
        ]
        return tuple(row for row in rows if row.state != State.STOPPED or row.number)

    @property
    def sum_text(self) -> str:
        """ "2,641 + 1,504 + 482 = 5,118 planned"."""
        terms = " + ".join(f"{count.number:,}" for count in self.counts)
        return f"{terms} = {self.planned:,} planned"

    @property
    def bar(self) -> tuple[BarPart, ...]:
        """Parts of the bar."""
        return bar_parts([(count.kind, count.number) for count in self.counts])

    @property
    def bar_sentence(self) -> str:
        """What a screen reader says about the bar."""
        named = [(count.label.lower(), count.number) for count in self.counts]
        return sentence(people(self.planned), named)

    @property
    def spoken(self) -> str:
        """What a live region says: a new sentence at every tenth only."""
        tenth = 10 * self.sent // self.planned * 10 if self.planned else 0
        return f"{tenth}% of {people(self.planned)} have the mail"


def people(count: int) -> str:
    """ "1 person", "5,118 people"."""
    return "1 person" if count == 1 else f"{count:,} people"


def progress_of(campaign: Campaign) -> Progress:
    """The counts of one campaign; one query."""
    return progress_by_campaign([campaign]).get(campaign.pk, Progress())


def progress_by_campaign(campaigns: Sequence[Campaign]) -> dict[int, Progress]:
    """The counts of campaigns of one account in one query; who has no chunks is missing."""
    if not campaigns:
        return {}
    sums = (
        Chunk.objects.for_account(campaigns[0].account_id)
        .filter(campaign_id__in=[campaign.pk for campaign in campaigns], kind=Chunk.Kind.MAIL)
        .values("campaign_id")
        .annotate(**{f"{column}_sum": Sum(column) for column in COLUMNS})
    )
    states = {campaign.pk: campaign.state for campaign in campaigns}
    return {row["campaign_id"]: _progress(row, state=states[row["campaign_id"]]) for row in sums}


def _progress(row: dict[str, int], *, state: str) -> Progress:
    counts = {column: row[f"{column}_sum"] for column in COLUMNS}
    if state == Campaign.State.STOPPED:
        counts["stopped"] = counts["queued"] + counts["pending"]
        counts["queued"] = counts["pending"] = 0
    return Progress(**counts)
