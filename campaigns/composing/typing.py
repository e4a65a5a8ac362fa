"""Rich text as an author types it in a plain box, and back: paragraphs, and a few HTML tags."""

import re
from html import unescape

from campaigns.composing.blocks import cleaned_rich_text, rich_text_from

_BLOCK_TAGS = re.compile(r"</?(?:p|ul|ol|li)\b", re.IGNORECASE)
_ANY_TAG = re.compile(r"</?(?:p|br|strong|em|b|i|a|ul|ol|li)\b[^>]*>", re.IGNORECASE)


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
