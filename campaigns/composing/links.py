"""The links of a mail: found with their positions, numbered by target, changed in place.

Only the values of <a href> and <area href> are ever touched, every other byte stays. Links in
comments (Outlook's conditional ones too) are left alone, the same in every mail.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from campaigns.composing.markup import (
    Attribute,
    StartTag,
    decoded,
    encoded,
    start_tags,
    text_after,
)
from campaigns.composing.tags import Hidden, guarded_url, has_tags
from campaigns.composing.targets import Action, Decision, Level, decide

# Written by an author who wants a link untracked; taken out before sending.
OPT_OUT = "data-track"
_URL_ATTRIBUTES = ("href", "src", "background")
_LABEL_LIMIT = 200


@dataclass(frozen=True)
class LinkFound:
    """One link as it stands in the mail.

    `number` selects the stored `target` (from 1, equal targets share one); None unless the
    action is REWRITE. `label` is the line in the report: the target with its merge tags, so it
    never holds a person's data. `words` is what the reader sees.
    """

    number: int | None
    href: str
    target: str
    label: str
    action: Action
    level: Level
    message: str
    words: str


@dataclass(frozen=True)
class _Place:
    tag: StartTag
    href: Attribute
    decision: Decision
    opt_out: Attribute | None


def links_in(html: str, *, own_hosts: frozenset[str] = frozenset()) -> list[LinkFound]:
    """Every link of the mail in its order."""
    return [found for _, found in _found(html, own_hosts)]


def targets_of(links: list[LinkFound]) -> dict[int, LinkFound]:
    """The first link of each number: the lines of the report, and the targets to store."""
    lines: dict[int, LinkFound] = {}
    for link in links:
        if link.number is not None:
            lines.setdefault(link.number, link)
    return lines


def rewrite(
    html: str, url_for: Callable[[int], str], *, own_hosts: frozenset[str] = frozenset()
) -> str:
    """The mail with each tracked link leading to `url_for(number)`; opt-out marks are taken out.

    `url_for` may return merge tags of ours. Same numbers as `links_in`.
    """
    numbers: dict[str, int] = {}
    changes: list[tuple[int, int, str]] = []
    for place in _places(html, own_hosts):
        if place.decision.action is Action.REWRITE:
            number = numbers.setdefault(place.decision.target, len(numbers) + 1)
            changes.append((place.href.start, place.href.end, _encoded(url_for(number))))
        if place.opt_out is not None:
            changes.append((place.opt_out.whole_start, place.opt_out.whole_end, ""))
    return _changed(html, sorted(changes))


def with_targets_changed(
    html: str, change: Callable[[str], str], *, own_hosts: frozenset[str] = frozenset()
) -> str:
    """The mail with each link that may be tracked leading to `change(its address)` instead.

    Links whose address stays keep every byte; opt-out marks stay for `rewrite`.
    """
    changes: list[tuple[int, int, str]] = []
    for place in _places(html, own_hosts):
        if place.decision.action is Action.REWRITE:
            address = decoded(place.href.value)
            changed = change(address)
            if changed != address:
                changes.append((place.href.start, place.href.end, _encoded(changed)))
    return _changed(html, changes)


def drawn(
    html: str,
    draw: Callable[[LinkFound], tuple[str, str]],
    *,
    own_hosts: frozenset[str] = frozenset(),
) -> str:
    """The mail as a drawing of its links, to be looked at and never sent.

    `draw` gives a link's new address, and mark-up that follows its start tag.
    """
    changes: list[tuple[int, int, str]] = []
    for place, found in _found(html, own_hosts):
        address, after = draw(found)
        changes.append((place.href.start, place.href.end, _encoded(address)))
        if place.tag.name == "a":
            changes.append((place.tag.end, place.tag.end, after))
    return _changed(html, changes)


def guarded(html: str) -> str:
    """The mail with every value in a URL attribute percent-encoded at delivery (tags' rules)."""
    changes = [
        (attribute.start, attribute.end, guarded_url(attribute.value))
        for tag in start_tags(html)
        for attribute in tag.attributes
        if attribute.name in _URL_ATTRIBUTES and has_tags(attribute.value)
    ]
    return _changed(html, changes)


def _found(html: str, own_hosts: frozenset[str]) -> Iterator[tuple[_Place, LinkFound]]:
    numbers: dict[str, int] = {}
    for place in _places(html, own_hosts):
        decision, number = place.decision, None
        if decision.action is Action.REWRITE:
            number = numbers.setdefault(decision.target, len(numbers) + 1)
        yield (
            place,
            LinkFound(
                number=number,
                href=place.href.value,
                target=decision.target,
                label=_shortened(decision.target),
                action=decision.action,
                level=decision.level,
                message=decision.message,
                words=text_after(html, place.tag),
            ),
        )


def _places(html: str, own_hosts: frozenset[str]) -> list[_Place]:
    base = ""
    places = []
    for tag in start_tags(html):
        href = tag.attribute("href")
        if href is None:
            continue
        if tag.name == "base":
            base = base or decoded(href.value).strip()
        elif tag.name in {"a", "area"}:
            opt_out = tag.attribute(OPT_OUT)
            is_out = opt_out is not None and opt_out.value.strip().lower() == "off"
            decision = decide(decoded(href.value), base=base, own_hosts=own_hosts)
            if is_out and decision.action is Action.REWRITE:
                decision = Decision(Action.KEEP, level=decision.level, message=decision.message)
            places.append(_Place(tag, href, decision, opt_out))
    return places


def _changed(html: str, changes: list[tuple[int, int, str]]) -> str:
    pieces, at = [], 0
    for start, end, text in changes:
        pieces += [html[at:start], text]
        at = end
    return "".join([*pieces, html[at:]])


def _encoded(url: str) -> str:
    """Encoded for an attribute, merge tags of ours left as they are."""
    hidden = Hidden(url)
    return hidden.shown(encoded(hidden.text), change=str)


def _shortened(label: str) -> str:
    return label if len(label) <= _LABEL_LIMIT else label[: _LABEL_LIMIT - 1] + "\u2026"
