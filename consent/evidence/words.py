"""The words of one of our public pages, a paragraph each, for who can not look at it. Pure."""

from html.parser import HTMLParser
from typing import Final

_BLOCKS: Final = frozenset(
    {"h1", "h2", "p", "form", "label", "section", "table", "tr", "div", "hr"}
)
_PRESSED: Final = frozenset({"button", "a"})


def words_of(html: str) -> list[str]:
    """What stands in the page's main part: boxes as [ ], buttons in quotes."""
    reader = _Reader()
    reader.feed(html)
    return [line for piece in reader.lines if (line := " ".join(piece.split()))]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines = [""]
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = dict(attrs)
        if tag == "main":
            self._inside = True
        elif tag in _BLOCKS or tag == "br":
            self.lines.append("")
        elif tag == "button" or of.get("class") == "button":
            self.lines.append("Button: “")
        elif tag == "input" and of.get("type") == "checkbox":
            self.lines[-1] += "[ ] "

    def handle_endtag(self, tag: str) -> None:
        if tag == "main":
            self._inside = False
        elif tag in _PRESSED and self.lines[-1].startswith("Button: “"):
            self.lines[-1] += "”"
            self.lines.append("")
        elif tag in _BLOCKS:
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.lines[-1] += data
