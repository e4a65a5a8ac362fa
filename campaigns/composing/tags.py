"""Merge tags as pieces of text: found, hidden behind opaque tokens, put back, guarded in URLs.

Only the shape `{{ ... }}` and `{% ... %}` is known here; what a tag means is merging's business.
"""

import re
from collections.abc import Callable
from html import unescape

TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
OUTPUT_TAG = re.compile(r"\{\{-?(.*?)-?\}\}", re.DOTALL)

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
_TOKEN = re.compile("zq([0-9]+)qz")


def has_tags(text: str) -> bool:
    """A merge tag of any kind is in the text."""
    return TAG.search(text) is not None


def is_one_tag(text: str) -> bool:
    """The text is one output tag and nothing else."""
    found = OUTPUT_TAG.fullmatch(text.strip())
    return found is not None and "}}" not in found[1]


def masked(text: str) -> str:
    """The text with every tag replaced by as many letters: all positions stay."""
    return TAG.sub(lambda found: "m" * len(found[0]), text)


class Hidden:
    """Texts whose tags are letters and digits only, so that parsers carry them unharmed."""

    def __init__(self, text: str = "") -> None:
        self._tags: list[str] = []
        self.text = self.hide(text)

    def hide(self, text: str) -> str:
        """Another text, its tags hidden in the same numbering."""
        # A token the author typed would come back as somebody's tag: it is hidden like one.
        return re.sub(f"{TAG.pattern}|{_TOKEN.pattern}", self._hide, text, flags=re.DOTALL)

    def shown(self, text: str, change: Callable[[str], str] = unescape) -> str:
        """Put the tags back into a text made from hidden ones.

        By default entities inside a tag are decoded: editors write `&quot;`, Liquid reads `"`.
        """
        return _TOKEN.sub(lambda found: self._tag(found, change), text)

    def _hide(self, found: re.Match[str]) -> str:
        self._tags.append(found[0])
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
    return OUTPUT_TAG.sub(lambda found: _with_filter(found[0], "url_part"), url)


def _with_filter(tag: str, name: str) -> str:
    found = OUTPUT_TAG.fullmatch(tag)
    inner = found[1].strip() if found else ""
    return tag if inner in OUR_URLS else f"{{{{ {inner} | {name} }}}}"
