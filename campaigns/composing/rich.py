"""Rich text: cleaned to a small subset of HTML, and as an author types it in a plain box.

Whatever is pasted costs time in the length of it only, and never reaches the MJML compiler deeply
nested or with a character that no XML knows.
"""

import re
from collections.abc import Collection
from html import escape, unescape
from typing import Final

import nh3

from campaigns.composing.links import OPT_OUT
from campaigns.composing.markup import StartTag, decoded, encoded, printable, with_tags_written
from campaigns.composing.tags import Hidden

SCHEMES: Final = {"http", "https", "mailto", "tel"}
_TAGS: Final = {"p", "br", "strong", "em", "b", "i", "a", "ul", "ol", "li"}
_DEPTH_LIMIT: Final = 10
_DEPTH_READ: Final = 100  # a parser looks at all that is open for each tag
LONGEST_READ: Final = 40_000  # twice what a block may hold
_KEPT_OF_A_LINK: Final = ("href", OPT_OUT)
_NAME: Final = re.compile(r"[a-z][a-z0-9]*")
# A tag beyond those that we write ourselves.
_DRESSED: Final = re.compile(rf'<(?!/?[a-z]+>|a href="[^"<>]*"(?: {OPT_OUT}="off")?>)')
_EITHER_TAG: Final = re.compile(r"<(/?)([a-z][a-z0-9]*)")
_ENDS_BY_ITSELF: Final = {
    "p",
    "li",
    "br",
    "img",
    "hr",
    "input",
    "td",
    "th",
    "tr",
    "dt",
    "dd",
    "col",
}
# All tags but paragraphs, and those whose content is taken out with them.
_FLATTENED: Final = re.compile(r"</?(?!(?:p|br|script|style|title|textarea)\b)[a-z][^<>]*>")
_BLOCK_TAGS: Final = re.compile(r"</?(?:p|ul|ol|li)\b", re.IGNORECASE)
_ANY_TAG: Final = re.compile(r"</?(?:p|br|strong|em|b|i|a|ul|ol|li)\b[^<>]*>", re.IGNORECASE)
_PARTS: Final = re.compile(r"</?(?:p|ul|ol|li)>")
_TAG: Final = re.compile(r"<[^<>]*>")


def cleaned_rich_text(html: str) -> str:
    """The small subset of HTML a text block may hold; merge tags pass unharmed.

    What is too long to be looked at comes out as its beginning, all text, and too long as well.
    """
    if len(html) > LONGEST_READ:
        return escape(html[:LONGEST_READ])
    hidden = Hidden(printable(html))
    bare = _undressed(hidden.text)
    # 12,000 nested tags end the MJML compiler's process; nobody writes even eleven.
    is_deep = _depth_of(bare, besides=_ENDS_BY_ITSELF) > _DEPTH_READ
    clean = _sanitised(_FLATTENED.sub("", bare) if is_deep else bare, _TAGS)
    if _depth_of(clean) > _DEPTH_LIMIT:
        clean = _sanitised(clean, {"p", "br"})
    return printable(hidden.shown(clean))


def rich_text_from(plain: str) -> str:
    """Rich text of typed plain text: blank lines part paragraphs, line ends stay."""
    hidden = Hidden(plain.replace("\r\n", "\n").strip())
    paragraphs = [part for part in hidden.text.split("\n\n") if part.strip()]
    html = "".join(f"<p>{escape(each.strip()).replace(chr(10), '<br>')}</p>" for each in paragraphs)
    return hidden.shown(html, change=str)


def rich_from_typed(typed: str) -> str:
    """Clean rich text: blank lines part paragraphs; `<a href>`, `<strong>`, lists may be typed."""
    if not _ANY_TAG.search(typed):
        return rich_text_from(typed)
    if _BLOCK_TAGS.search(typed):
        return cleaned_rich_text(typed)
    paragraphs = [part.strip() for part in typed.replace("\r\n", "\n").split("\n\n")]
    return cleaned_rich_text(
        "".join("<p>" + part.replace("\n", "<br>") + "</p>" for part in paragraphs if part)
    )


def typed_from_rich(html: str) -> str:
    """What to show in the box, so that saving it unchanged gives the same rich text."""
    plain = re.sub(r"</p>\s*<p>", "\n\n", html).removeprefix("<p>").removesuffix("</p>")
    plain = re.sub(r"<br ?/?>", "\n", plain)
    if _BLOCK_TAGS.search(plain):
        return html
    return plain if _ANY_TAG.search(plain) else unescape(plain)


def sentences_in(html: str) -> list[str]:
    """What clean rich text says, one entry for each paragraph and item of a list."""
    said = [" ".join(unescape(_TAG.sub(" ", part)).split()) for part in _PARTS.split(html)]
    return [each for each in said if each]


def has_words(html: str) -> bool:
    """Somebody would read something."""
    return bool(nh3.clean(html, tags=set()).strip())


def _undressed(html: str) -> str:
    """The same tags without their attributes, but for what a link keeps.

    A parser opens every `<b>` anew in each paragraph until it is closed: three thousand that differ
    in an attribute took it ten seconds. It knows equal ones, and opens three of them.
    """
    return with_tags_written(html, _bare) if _DRESSED.search(html) else html


def _bare(tag: StartTag) -> str:
    kept = [tag.attribute(name) for name in _KEPT_OF_A_LINK if tag.name == "a"]
    said = "".join(f' {each.name}="{encoded(decoded(each.value))}"' for each in kept if each)
    # Nothing would leave two halves of a tag side by side.
    return f"<{tag.name}{said}>" if _NAME.fullmatch(tag.name) else "<!---->"


def _sanitised(html: str, tags: set[str]) -> str:
    return nh3.clean(
        html,
        tags=tags,
        attributes={"a": {"href"}} if "a" in tags else {},
        tag_attribute_values={"a": {OPT_OUT: {"off"}}} if "a" in tags else {},
        url_schemes=SCHEMES,
        link_rel=None,
        clean_content_tags={"script", "style", "title", "textarea"},
    )


def _depth_of(html: str, *, besides: Collection[str] = ("br",)) -> int:
    depth = deepest = 0
    for tag in _EITHER_TAG.finditer(html):
        if tag[2] not in besides:
            depth = max(depth - 1, 0) if tag[1] else depth + 1
            deepest = max(deepest, depth)
    return deepest
