"""What the Statistics page says: cards, funnel, range, links, each number with its people's URL.

Rates name their base: first of sent, and where fewer were measured, also of measured. Pure.
"""

from collections.abc import Callable
from dataclasses import dataclass

from campaigns.launching.progress import people
from campaigns.launching.showing.moments import share
from campaigns.launching.showing.readable import readable
from campaigns.models import Campaign
from campaigns.recipients.states import State
from marketing.bars import BarPart, bar_parts
from tracking.statistics.filters import Filters
from tracking.statistics.numbers import Numbers

UrlOf = Callable[[Filters], str]


@dataclass(frozen=True, slots=True)
class Card:
    """A number with its rates."""

    title: str
    number: int | str  # words where a small group stays hidden
    small: str
    url: str
    rates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of From planned to clicked."""

    label: str
    number: int | str
    url: str
    rate: str
    bar: tuple[BarPart, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Counted:
    """A number with its word, colour and people."""

    kind: str
    label: str
    count: int | str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Range:
    """How many really read it: from people for certain to people and privacy proxies."""

    headline: str
    small: str
    sentence: str
    bar: tuple[BarPart, ...]
    bar_sentence: str
    keys: tuple[Counted, ...]
    unseen: Counted


@dataclass(frozen=True, slots=True)
class Link:
    """One line of Links."""

    number: int
    label: str
    target: str
    people: int | str
    url: str
    rate: str
    clicks: int | str
    by_machines: int
    not_sure: int
    stopped: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """The Statistics page of one campaign."""

    cards: tuple[Card, ...]
    note: tuple[str, str]
    funnel: tuple[Step, ...]
    not_sent: tuple[Counted, ...]
    range: Range | None
    links: tuple[Link, ...]
    clickers: int | str
    machines: tuple[int, int]
    not_sure: tuple[int, int]
    rules_version: str


def figures_of(campaign: Campaign, numbers: Numbers, *, url_of: UrlOf) -> Figures:
    """Arrange the numbers of one campaign; `url_of` gives the Recipients page of a filter."""
    return Figures(
        cards=_cards(campaign, numbers, url_of),
        note=_note(campaign, numbers),
        funnel=_funnel(campaign, numbers, url_of),
        not_sent=_not_sent(numbers, url_of),
        range=_range(numbers, url_of) if campaign.track_opens else None,
        links=_links(numbers, url_of) if campaign.track_clicks else (),
        clickers=numbers.totals.clickers,
        machines=(
            numbers.requested("open", "machine"),
            numbers.requested("click", "machine", "proxy"),
        ),
        not_sure=(numbers.requested("open", "unknown"), numbers.requested("click", "unknown")),
        rules_version=numbers.totals.rules_version,
    )


def rate(number: int, base: int, word: str) -> str:
    """ "39.1% of 1,562 measured"; without a percentage where the base is too small for one."""
    return f"{share(number, base)} of {base:,} {word}".strip()


def _measured(campaign: Campaign, numbers: Numbers) -> int:
    return numbers.measured_opens if campaign.track_opens else numbers.measured_clicks


def _rates(number: int, numbers: Numbers, measured: int) -> tuple[str, ...]:
    sent = numbers.progress.sent
    first = rate(number, sent, "sent")
    return (first, rate(number, measured, "measured")) if measured < sent else (first,)


def _cards(campaign: Campaign, numbers: Numbers, url_of: UrlOf) -> tuple[Card, ...]:
    progress, totals = numbers.progress, numbers.totals
    of_planned = share(progress.sent, progress.planned)
    sent = (
        f"{of_planned} of the people planned" if of_planned else "",
        f"{progress.pending:,} still wait for consent" if progress.pending else "",
    )
    complaints = f"{numbers.complained:,} complaint{'' if numbers.complained == 1 else 's'}"
    complained = share(numbers.complained, progress.sent)
    left = (
        rate(numbers.unsubscribed, progress.sent, "sent"),
        f"{complaints}{f', {complained} of sent' if complained else ''}"
        if numbers.complained
        else "",
    )
    counted = (
        (True, "Sent", progress.sent, Filters(status=State.SENT), sent),
        (campaign.track_opens, "Views", totals.viewers, Filters(opened="person"),
         _rates(totals.viewers, numbers, numbers.measured_opens)),
        (campaign.track_clicks, "Clicks", totals.clickers, Filters(clicked="person"),
         _rates(totals.clickers, numbers, numbers.measured_clicks)),
        (True, "Unsubscribed", numbers.unsubscribed, Filters(left=1), left),
    )  # fmt: skip
    return tuple(
        Card(
            title=title,
            number=number,
            small=f"of {progress.planned:,}" if title == "Sent" else _person(number),
            url=url_of(filters),
            rates=tuple(line for line in rates if line),
        )
        for is_on, title, number, filters, rates in counted
        if is_on
    )


def _person(number: int) -> str:
    return "person" if number == 1 else "people"


def _note(campaign: Campaign, numbers: Numbers) -> tuple[str, str]:
    """(bold, rest): how many allowed tracking and what that means; empty if everybody did."""
    sent, measured = numbers.progress.sent, _measured(campaign, numbers)
    if not (campaign.track_opens or campaign.track_clicks):
        return "Tracking was off for this campaign.", "Nobody was measured."
    if measured >= sent:
        return "", ""
    percent = share(measured, sent)
    allowed = f"{measured:,} of {people(sent)} allowed tracking"
    rest = sent - measured
    return (
        f"{allowed} ({percent})." if percent else f"{allowed}.",
        f"We measured them and nobody else: the other {rest:,} got the mail without a tracking "
        "picture and with untouched links.",
    )


def _funnel(campaign: Campaign, numbers: Numbers, url_of: UrlOf) -> tuple[Step, ...]:
    progress, totals = numbers.progress, numbers.totals
    measured = _measured(campaign, numbers)
    by = Filters(opened="measured") if campaign.track_opens else Filters(clicked="measured")
    tracked = campaign.track_opens or campaign.track_clicks
    opened = [("opened", totals.viewers), ("queued", totals.proxy_only)]
    proxies = f", {totals.proxy_only:,} more by privacy proxy only" if totals.proxy_only else ""
    bases = (numbers.measured_opens, numbers.measured_clicks)
    steps = (
        (True, "Planned", Filters(), [("never", progress.planned)], (0, ""), ""),
        (True, "Sent", Filters(status=State.SENT), [("sent", progress.sent)],
         (progress.planned, "planned"), ""),
        (tracked and measured < progress.sent, "Measured", by, [("queued", measured)],
         (progress.sent, "sent"), ""),
        (campaign.track_opens, "Opened", Filters(opened="person"), opened,
         (bases[0], "measured"), proxies),
        (campaign.track_clicks, "Clicked", Filters(clicked="person"),
         [("clicked", totals.clickers)], (bases[1], "measured"), ""),
    )  # fmt: skip
    return tuple(
        Step(
            label=label,
            number=parts[0][1],
            url=url_of(filters),
            rate=_short_rate(parts[0][1], *base),
            bar=bar_parts(parts, total=progress.planned),
            sentence=_step_sentence(label, parts[0][1], base, more),
        )
        for is_on, label, filters, parts, base, more in steps
        if is_on
    )


def _short_rate(number: int, base: int, word: str) -> str:
    percent = share(number, base)
    return f"{percent} of {word}" if percent else ""


def _step_sentence(label: str, number: int, base: tuple[int, str], more: str) -> str:
    whole, word = base
    return f"{label}: {number:,} of {whole:,} {word}{more}" if word else f"{label}: {number:,}"


def _not_sent(numbers: Numbers, url_of: UrlOf) -> tuple[Counted, ...]:
    progress = numbers.progress
    words = (
        (State.QUEUED, "queued", progress.queued),
        (State.PENDING_CONSENT, "pending consent", progress.pending),
        (State.NEVER_SENT, "never sent", progress.never),
        (State.FAILED, "with errors", progress.failed),
        (State.UNKNOWN, "unknown", progress.unknown),
        (State.STOPPED, "stopped", progress.stopped),
    )
    return tuple(
        Counted(state, f"{count:,} {word}", count, url_of(Filters(status=state)))
        for state, word, count in words
        if count
    )


def _range(numbers: Numbers, url_of: UrlOf) -> Range:
    totals, measured = numbers.totals, numbers.measured_opens
    seen, proxied = totals.viewers, totals.proxy_only
    most = seen + proxied
    nothing = max(0, measured - (most - totals.opened_unsent))
    low, high = share(seen, measured), share(most, measured)
    certain = f"{people(seen)} opened it for certain."
    if proxied:
        mails = "1 more mail was" if proxied == 1 else f"{proxied:,} more mails were"
        truth = f" The truth lies between {low} and {high}." if low else ""
        said = (
            f"{certain} {mails} loaded by a privacy proxy, which does so whether or not anyone "
            f"reads.{truth}"
        )
    else:
        said = f"{certain} No mail was loaded by a privacy proxy only."
    unseen = "person clicked" if totals.clicked_unseen == 1 else "people clicked"
    counts = [("opened", seen), ("queued", proxied), ("never", nothing)]
    return Range(
        headline=f"{seen:,} to {most:,}" if proxied else f"{seen:,}",
        small=f"of {measured:,} measured",
        sentence=said,
        bar=bar_parts(counts),
        bar_sentence=f"Of {measured:,} measured: {people(seen)}, {proxied:,} privacy proxy only, "
        f"{nothing:,} nothing recorded",
        keys=(
            Counted("opened", _person(seen), seen, url_of(Filters(opened="person"))),
            Counted("queued", "privacy proxy only", proxied, url_of(Filters(opened="proxy"))),
            Counted("never", "nothing recorded", nothing, url_of(Filters(opened="none"))),
        ),
        unseen=Counted(
            "clicked",
            f"{totals.clicked_unseen:,} {unseen} without loading pictures.",
            totals.clicked_unseen,
            url_of(Filters(clicked="unseen")),
        ),
    )


def _links(numbers: Numbers, url_of: UrlOf) -> tuple[Link, ...]:
    return tuple(
        Link(
            number=one.number,
            label=readable(one.label or one.target),
            target=readable(one.target).split("://", 1)[-1][:120],
            people=one.people,
            url=url_of(Filters(link=one.number)),
            rate=share(one.people, numbers.totals.clickers),
            clicks=one.clicks,
            by_machines=one.by_machines,
            not_sure=one.not_sure,
            stopped=one.stopped,
        )
        for one in numbers.links
    )
