"""Merge tags as pieces of text: found, hidden behind opaque tokens, put back, guarded in URLs.

Only the shape `{{ ... }}` and `{% ... %}` is known here; what a tag means is merging's business.
"""

import re
from collections.abc import Callable, Iterator
from html import unescape

_OPENING = re.compile(r"\{[{%]")
_CLOSING = {"{{": "}}", "{%": "%}"}
_OUTPUT_TAG = re.compile(r"\{\{-?(.*?)-?\}\}", re.DOTALL)

# URLs that we fill in ourselves: pages of ours, the picture, the address before a link's number.
OUR_URLS = frozenset(
    {
        "unsubscribe_url",
        "choices_url",
        "preferences_url",
        "stop_tracking_url",
        "view_url",
        "confirm_url",
        "pixel_url",
        "links_url",
    }
)
# Python reads no number of five thousand digits; entities can hide one from `hide`.
_TOKEN = re.compile("zq([0-9]{1,9})qz")


def spans_of(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every tag, as Liquid finds them: up to the first closing.

    A regular expression would look for the closing of each of a thousand `{{` anew.
    """
    at, hopeless = 0, set[str]()
    while found := _OPENING.search(text, at):
        closing = _CLOSING[found[0]]
        end = -1 if closing in hopeless else text.find(closing, found.end())
        if end < 0:
            hopeless.add(closing)
            at = found.start() + 1
        else:
            at = end + 2
            yield found.start(), at


def never_closed(text: str) -> int | None:
    """The position of the first opening that no closing follows, if there is one."""
    at = 0
    for start, end in spans_of(text):
        if found := _OPENING.search(text, at, start):
            return found.start()
        at = end
    found = _OPENING.search(text, at)
    return found.start() if found else None


def with_tags_changed(text: str, change: Callable[[str], str]) -> str:
    """The text with every tag replaced, all else as it stands."""
    pieces, at = [], 0
    for start, end in spans_of(text):
        pieces += [text[at:start], change(text[start:end])]
        at = end
    return "".join([*pieces, text[at:]])


def has_tags(text: str) -> bool:
    """A merge tag of any kind is in the text."""
    return next(spans_of(text), None) is not None


def is_one_tag(text: str) -> bool:
    """The text is one output tag and nothing else."""
    inside = text.strip()
    return inside.startswith("{{") and next(spans_of(inside), None) == (0, len(inside))


def masked(text: str) -> str:
    """The text with every tag replaced by as many letters: all positions stay."""
    return with_tags_changed(text, lambda tag: "m" * len(tag))


class Hidden:
    """Texts whose tags are letters and digits only, so that parsers carry them unharmed."""

    def __init__(self, text: str = "") -> None:
        self._tags: list[str] = []
        self.text = self.hide(text)

    def hide(self, text: str) -> str:
        """Another text, its tags hidden in the same numbering."""
        # A token the author typed would come back as somebody's tag: it is hidden like one.
        pieces, at = [], 0
        for start, end in spans_of(text):
            pieces += [_TOKEN.sub(self._hide_match, text[at:start]), self._hide(text[start:end])]
            at = end
        return "".join([*pieces, _TOKEN.sub(self._hide_match, text[at:])])

    def hide_whole(self, text: str) -> str:
        """A text of ours, no tag, as one token."""
        return self._hide(text)

    def shown(self, text: str, change: Callable[[str], str] = unescape) -> str:
        """Put the tags back into a text made from hidden ones.

        By default entities inside a tag are decoded: editors write `&quot;`, Liquid reads `"`.
        """
        return _TOKEN.sub(lambda found: self._tag(found, change), text)

    def _hide_match(self, found: re.Match[str]) -> str:
        return self._hide(found[0])

    def _hide(self, tag: str) -> str:
        self._tags.append(tag)
        return f"zq{len(self._tags) - 1}qz"

    def _tag(self, found: re.Match[str], change: Callable[[str], str]) -> str:
        number = int(found[1])
        return change(self._tags[number]) if number < len(self._tags) else found[0]


def literal(text: str) -> str:
    """Text that is no template, written so that Liquid prints it as it is."""
    return re.sub(r"\{(?=[{%])", "{{ '{' }}", text)


def guarded_url(url: str) -> str:
    """A URL template whose values can not leave their place.

    A value inside a URL is percent-encoded; a URL that is one tag alone must come out as a web
    address. Our own URLs stay as they are.
    """
    if is_one_tag(url):
        return _with_filter(url.strip(), "web_url")
    return with_tags_changed(url, lambda tag: _with_filter(tag, "url_part"))


def _with_filter(tag: str, name: str) -> str:
    found = _OUTPUT_TAG.fullmatch(tag)
    inner = found[1].strip() if found else ""
    return tag if not inner or inner in OUR_URLS else f"{{{{ {inner} | {name} }}}}"
