"""The text part of a newsletter, written from its blocks: links as `words <url>`.

The way out has the same URL as in the HTML part. Pictures appear as their descriptions.
"""

from collections.abc import Callable
from html.parser import HTMLParser

from campaigns.composing.blocks import Block, Document
from campaigns.composing.framing import Frame, only_if_given
from campaigns.composing.links import OPT_OUT
from campaigns.composing.tags import Hidden, guarded_url, literal

UrlFor = Callable[[str], str]


def text_of(document: Document, frame: Frame, url_for: UrlFor = guarded_url) -> str:
    """The template of the text part, for merging.text_template.

    `url_for` gives the URL to print for an authored one: its own, or the tracked one. It is not
    asked about links that their author wants left alone.
    """
    parts = [_block_text(block, url_for) for block in document.blocks]
    parts += ["-- ", footer_text(frame)]
    return "\n\n".join(part for part in parts if part.strip()) + "\n"


def footer_text(frame: Frame) -> str:
    """Who sends, why, and the ways out."""
    sender = f"{literal(frame.company)}, {literal(frame.postal_address)}"
    links = [f"{words}: {url}" for words, url in frame.footer_links]
    words, url = frame.tracking_link
    tracking = only_if_given("stop_tracking_url", f"\n{words}: {url}")
    return "\n".join([frame.why, sender, *links]) + tracking


def text_of_rich(html: str, url_for: UrlFor = guarded_url) -> str:
    """The words of a text block: paragraphs parted by blank lines, items behind a dash."""
    hidden = Hidden(html)
    reader = _Reader(
        lambda url: url_for(hidden.shown(url)), lambda url: guarded_url(hidden.shown(url))
    )
    reader.feed(hidden.text)
    reader.close()
    return hidden.shown(reader.text())


def _block_text(block: Block, url_for: UrlFor) -> str:
    props = block.props
    match block.type:
        case "heading":
            return props["text"]
        case "text":
            return text_of_rich(props["html"], url_for)
        case "picture":
            words = f"[{props['alt']}]" if props["alt"] else ""
            return _linked(words, props["href"], guarded_url if props["track"] else url_for)
        case "button":
            return _linked(
                props["label"], props["href"], guarded_url if props["track"] else url_for
            )
    return "-" * 40


def _linked(words: str, href: str, url_for: UrlFor) -> str:
    if not href:
        return words
    url = href.removeprefix("mailto:").removeprefix("tel:") if _is_contact(href) else url_for(href)
    if words.strip() in {"", url, href}:
        return url
    return f"{words} <{url}>"


def _is_contact(href: str) -> bool:
    return href.startswith(("mailto:", "tel:"))


class _Reader(HTMLParser):
    """Walks sanitised rich text; knows no other tags than the sanitiser leaves."""

    def __init__(self, url_for: UrlFor, as_written: UrlFor) -> None:
        super().__init__(convert_charrefs=True)
        self._url_for = url_for
        self._as_written = as_written
        self._pieces: list[str] = []
        self._href = ""
        self._is_left_alone = False
        self._link_start = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._pieces.append("\n")
        elif tag == "li":
            self._pieces.append("\n- ")
        elif tag in {"p", "ul", "ol"}:
            self._pieces.append("\n\n")
        elif tag == "a":
            self._href = dict(attrs).get("href") or ""
            self._is_left_alone = OPT_OUT in dict(attrs)
            self._link_start = len(self._pieces)

    def handle_endtag(self, tag: str) -> None:
        if tag in {"p", "ul", "ol"}:
            self._pieces.append("\n\n")
        elif tag == "a" and self._href:
            words = "".join(self._pieces[self._link_start :])
            url_for = self._as_written if self._is_left_alone else self._url_for
            self._pieces[self._link_start :] = [_linked(words, self._href, url_for)]
            self._href = ""

    def handle_data(self, data: str) -> None:
        self._pieces.append(" ".join(data.split("\n")))

    def text(self) -> str:
        lines = [line.strip() for line in "".join(self._pieces).split("\n")]
        kept: list[str] = []
        for line in lines:
            if line or (kept and kept[-1]):
                kept.append(line)
        return "\n".join(kept).strip()
