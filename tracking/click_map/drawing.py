"""The mail as it was sent with the clicks of people drawn on its links, and the same as a list.

Numbers come from the figures of the page, so what those hide is hidden here. One address is one
link, in however many places of the mail it stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from campaigns.composing.freezing import own_hosts
from campaigns.composing.links import LinkFound, drawn, links_in
from campaigns.composing.markup import decoded
from campaigns.composing.merging import html_template
from campaigns.composing.tags import is_one_tag
from campaigns.composing.targets import Action
from campaigns.models import Campaign
from tracking.statistics.figures import Link

LEVELS: Final = 5
# Over every style of the mail's own. A ring marks each link, its ground tells the share; a badge
# stands on the upper edge of a button or picture, and above words.
_STYLE: Final = """<style>
.assent-spot { position: absolute !important; z-index: 9; margin: -19px 0 0 -8px !important;
  padding: 0 7px !important; border: 2px solid #fff !important; border-radius: 99px !important;
  font: 700 12px/17px -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif !important;
  white-space: nowrap !important; text-decoration: none !important; color: #fff !important;
  background: #0b7a6f !important; box-shadow: 0 1px 4px rgb(0 0 0 / .35) !important;
  scroll-margin: 120px; }
a[style*="inline-block"] > .assent-spot { margin: -24px 0 0 -20px !important; }
a:has(> img):has(> .assent-spot) { display: block; text-align: start; }
a:has(> img) > .assent-spot { margin: -8px 0 0 -8px !important; }
.assent-spot.is-none { background: #5b6475 !important; }
.assent-spot.is-unmeasured { border: 1px dashed #5b6475 !important; font-weight: 500 !important;
  color: #39424f !important; background: #fff !important; }
a:has(> .assent-spot) { outline: 2px solid #0b7a6f; outline-offset: 2px; border-radius: 3px; }
a:not([style]):not(:has(img)):has(> .is-1) { background: rgb(11 122 111 / .08); }
a:not([style]):not(:has(img)):has(> .is-2) { background: rgb(11 122 111 / .14); }
a:not([style]):not(:has(img)):has(> .is-3) { background: rgb(11 122 111 / .2); }
a:not([style]):not(:has(img)):has(> .is-4) { background: rgb(11 122 111 / .26); }
a:not([style]):not(:has(img)):has(> .is-5) { background: rgb(11 122 111 / .32); }
a:has(> .is-none), a:has(> .is-unmeasured) { outline: 1px dashed #5b6475; }
.assent-spot:target { background: #3651d4 !important; }
a:has(> .assent-spot:target) { outline: 4px solid #3651d4; }
</style>"""


@dataclass(frozen=True, slots=True)
class Spot:
    """A measured link of the mail, in the order of the mail; `level` 0 is nobody, 5 the most."""

    number: int
    label: str
    target: str
    people: int | str
    rate: str
    url: str
    places: int
    level: int


@dataclass(frozen=True, slots=True)
class ClickMap:
    """What stands beside the mail; `unmeasured` are the words of links that stay as written."""

    spots: tuple[Spot, ...]
    unmeasured: tuple[str, ...]


def click_map_of(campaign: Campaign, links: Sequence[Link]) -> ClickMap | None:
    """The list beside the mail; None where there is no mail or nothing to draw."""
    if not campaign.html or not campaign.track_clicks:
        return None
    found = links_in(campaign.html, own_hosts=own_hosts())
    places = [link.number for link in found if link.number is not None]
    known = {link.number: link for link in links}
    most = max((_count(link) for link in links), default=0)
    spots = tuple(
        _spot(known[number], places=places.count(number), most=most)
        for number in dict.fromkeys(places)
        if number in known
    )
    # One address may stand as a picture and as words.
    unmeasured = dict.fromkeys(_words(link) for link in found if _is_left_alone(link))
    return ClickMap(spots, tuple(unmeasured)) if spots or unmeasured else None


def drawn_mail(campaign: Campaign, shown: ClickMap, values: dict[str, Any]) -> str:
    """The mail for these values of a person, its links leading nowhere. Raises MergeFailed."""
    spots = {spot.number: spot for spot in shown.spots}
    first = set(spots)

    def draw(link: LinkFound) -> tuple[str, str]:
        spot = spots.get(link.number) if link.number is not None else None
        if spot is None:
            return "#", _UNMEASURED if _is_left_alone(link) else ""
        place = f' id="link-{spot.number}"' if spot.number in first else ""
        first.discard(spot.number)
        kind = f"is-{spot.level}" if spot.level else "is-none"
        share = f" · {spot.rate}" if spot.rate else ""
        words = escape(f"{spot.people}{share}")
        return f"#link-{spot.number}", f'<span class="assent-spot {kind}"{place}>{words}</span>'

    mail = html_template(drawn(campaign.html, draw, own_hosts=own_hosts())).render(values)
    before, head, after = mail.partition("</head>")
    return f"{before}{_STYLE}{head}{after}" if head else f"{_STYLE}{mail}"


_UNMEASURED: Final = '<span class="assent-spot is-unmeasured">not measured</span>'


def _spot(link: Link, *, places: int, most: int) -> Spot:
    count = _count(link)
    return Spot(
        number=link.number,
        label=link.label,
        target=link.target,
        people=link.people,
        rate=link.rate,
        url=link.url,
        places=places,
        level=-(-LEVELS * count // most) if count else 0,
    )


def _count(link: Link) -> int:
    """A hidden number is drawn like one person's: its ring must not tell more than its words."""
    return link.people if isinstance(link.people, int) else 1


def _is_left_alone(link: LinkFound) -> bool:
    """An author's link that we do not follow; our own, like the way out, are not the author's."""
    href = decoded(link.href).strip()
    return link.action is Action.KEEP and bool(href.strip("#")) and not is_one_tag(href)


def _words(link: LinkFound) -> str:
    return link.words or decoded(link.href)[:80]
