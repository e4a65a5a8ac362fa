"""Reads the controls of a page, as a browser would send them back."""

from html.parser import HTMLParser


class Controls(HTMLParser):
    """`values` maps each name to what its controls hold: texts, chosen options, ticked boxes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self._select = self._text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Inputs and options say their value at once, a textarea in its text."""
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value")
        if tag == "input" and name:
            if given.get("type") not in ("checkbox", "radio"):
                self._add(name, value or "")
            elif "checked" in given:
                self._add(name, "on" if value is None else value)
        elif tag == "select":
            self._select = name
        elif tag == "textarea":
            self._text = name
            self._add(name, "")
        elif tag == "option" and "selected" in given:
            self._add(self._select, value or "")

    def handle_endtag(self, tag: str) -> None:
        """Where a text ends."""
        if tag == "textarea":
            self._text = ""

    def handle_data(self, data: str) -> None:
        """The first line end of a textarea is not part of it."""
        if self._text:
            held = self.values[self._text]
            held[-1] = (held[-1] + data).removeprefix("\n")

    def _add(self, name: str, value: str) -> None:
        self.values.setdefault(name, []).append(value)
