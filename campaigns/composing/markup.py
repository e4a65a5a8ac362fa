"""HTML read as the standard's tokenizer reads it, with the position of every attribute value.

Nothing is repaired and nothing is built: broken mark-up stays as broken as it was written.
Merge tags are one piece each, whatever they contain.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from html.entities import html5

from campaigns.composing.tags import masked

_TAG_NAME = re.compile(r"[A-Za-z][^\t\n\f\r />]*")
# https://html.spec.whatwg.org/multipage/parsing.html#before-attribute-name-state
_ATTRIBUTE = re.compile(
    r"""[\t\n\f\r /]*
        (?P<name>=?[^\t\n\f\r />=]*)
        (?:[\t\n\f\r ]*=[\t\n\f\r ]*
          (?:"(?P<double>[^"]*)(?:"|\Z) | '(?P<single>[^']*)(?:'|\Z)
            | (?P<bare>[^\t\n\f\r >"'][^\t\n\f\r >]*) | ))?""",
    re.VERBOSE,
)
_REFERENCE = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9A-Fa-f]+;?|[A-Za-z][A-Za-z0-9]*;?)")
# Characters that XML has none of: the MJML compiler, and strict readers of mail, stop at them.
_UNKNOWN = re.compile("[\x00-\x08\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Their content is text: no tag begins there, until their own end tag.
_RAW_TEXT = {"script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes"}


@dataclass(frozen=True)
class Attribute:
    """One attribute of a start tag. `value` is as written; `start` and `end` enclose it."""

    name: str
    value: str
    start: int
    end: int
    whole_start: int
    whole_end: int


@dataclass(frozen=True)
class StartTag:
    """A start tag; `end` is the position after its `>`. Of equal attributes the first counts."""

    name: str
    attributes: tuple[Attribute, ...]
    start: int
    end: int

    def attribute(self, name: str) -> Attribute | None:
        return next((each for each in self.attributes if each.name == name), None)


def start_tags(html: str) -> Iterator[StartTag]:
    """Every start tag outside comments and raw text, in order."""
    hidden = masked(html)
    at = 0
    while (at := hidden.find("<", at)) >= 0:
        if not (name := _TAG_NAME.match(hidden, at + 1)):
            at = _after_other(hidden, at)
            continue
        tag = _start_tag(html, hidden, at, name)
        if tag is None:
            return
        yield tag
        at = tag.end
        if tag.name in _RAW_TEXT:
            at = _after_raw_text(hidden, at, tag.name)
        elif tag.name == "plaintext":
            return


def with_tags_written(html: str, write: Callable[[StartTag], str]) -> str:
    """Every start tag as `write` has it, in raw text too; comments are emptied.

    A tag that never ends is left out, with all behind it: browsers drop it.
    """
    hidden = masked(html)
    pieces, at, done = [], 0, 0
    while (at := hidden.find("<", at)) >= 0:
        name = _TAG_NAME.match(hidden, at + 1)
        if not name and not hidden.startswith("<!--", at):
            at += 1
            continue
        tag = _start_tag(html, hidden, at, name) if name else None
        end = tag.end if tag else len(html) if name else _after_other(hidden, at)
        pieces += [html[done:at], write(tag) if tag else "<!---->"]
        at = done = end
    return "".join([*pieces, html[done:]])


def printable(text: str) -> str:
    """The text without characters that no XML knows; what parts words in it is a blank."""
    return _UNKNOWN.sub("", text.replace("\x0b", " ").replace("\x0c", " "))


def text_after(html: str, tag: StartTag, limit: int = 300) -> str:
    """The words a reader sees in this element, roughly: up to its end tag, without mark-up."""
    found = re.compile(rf"</{re.escape(tag.name)}\b", re.IGNORECASE).search(html, tag.end)
    inner = html[tag.end : found.start() if found else tag.end + limit]
    return " ".join(unescape(re.sub(r"<[^<>]*>", " ", inner)).split())[:limit]


def decoded(value: str) -> str:
    """An attribute value with its character references decoded once, by the standard's rules.

    A named reference without semicolon before `=` or a letter or digit is plain text:
    `?a=1&copy=2` stays, which html.unescape gets wrong.
    """
    return _REFERENCE.sub(lambda found: _decoded_reference(found[0], value, found.end()), value)


def encoded(value: str) -> str:
    """A value for an attribute in any kind of quotes."""
    for sign, reference in (("&", "&amp;"), ('"', "&quot;"), ("'", "&#39;"), ("<", "&lt;")):
        value = value.replace(sign, reference)
    return value.replace(">", "&gt;")


def _decoded_reference(reference: str, value: str, end: int) -> str:
    if reference.startswith("&#") or (reference.endswith(";") and reference[1:] in html5):
        return unescape(reference)
    if reference.endswith(";") or value[end : end + 1] == "=":
        # No such name as a whole; a shorter one inside it is followed by a letter, or by "=".
        return reference
    return html5.get(reference[1:], reference)


def _start_tag(html: str, hidden: str, start: int, name: re.Match[str]) -> StartTag | None:
    """None if the tag never ends: browsers drop such a tag."""
    attributes: list[Attribute] = []
    at = name.end()
    while at < len(hidden):
        found = _ATTRIBUTE.match(hidden, at)
        if found and found["name"]:
            attributes.append(_attribute(html, hidden, found))
        at = found.end() if found else at
        if hidden.startswith(">", at):
            return StartTag(name[0].lower(), tuple(attributes), start, at + 1)
        if not found or found.end() == found.start():
            at += 1
    return None


def _attribute(html: str, hidden: str, found: re.Match[str]) -> Attribute:
    kind = found.lastgroup if found.lastgroup != "name" else None
    start, end = found.span(kind) if kind else (found.end(), found.end())
    name_start = found.start("name")
    return Attribute(
        name=hidden[name_start : found.end("name")].lower(),
        value=html[start:end],
        start=start,
        end=end,
        whole_start=found.start(),
        whole_end=found.end(),
    )


def _after_other(hidden: str, at: int) -> int:
    """The position after a comment, an end tag, a declaration, or a lone `<`."""
    if hidden.startswith("<!--", at):
        if hidden.startswith((">", "->"), at + 4):
            return hidden.index(">", at + 4) + 1
        found = re.compile("--!?>").search(hidden, at + 4)
        return found.end() if found else len(hidden)
    if hidden.startswith("</", at) and (name := _TAG_NAME.match(hidden, at + 2)):
        tag = _start_tag(hidden, hidden, at, name)
        return tag.end if tag else len(hidden)
    if hidden.startswith(("<!", "<?", "</"), at):
        end = hidden.find(">", at)
        return end + 1 if end >= 0 else len(hidden)
    return at + 1


def _after_raw_text(hidden: str, at: int, name: str) -> int:
    found = re.compile(rf"</{name}[\t\n\f\r />]", re.IGNORECASE).search(hidden, at)
    return found.start() if found else len(hidden)
