"""A text with merge tags as lists show it: fallbacks, and names of fields in brackets."""

import re
from typing import Final

from campaigns.composing.merging import MergeFailed, subject_template
from campaigns.composing.tags import has_tags, with_tags_changed

_FIELD: Final = re.compile(r"\{\{-?\s*(?:contact\.)?(?:fields\.)?([\w.]+)")


def readable(text: str) -> str:
    """ "Hello {{ contact.first_name | default: "you" }}" is "Hello you", without it "Hello [First
    name]"; of conditions what somebody gets of whom nothing is known. A wrong tag stays as typed.
    """
    if not has_tags(text):
        return text
    try:
        return subject_template(with_tags_changed(text, _named)).render({})
    except MergeFailed:
        return text


def _named(tag: str) -> str:
    """A tag without a fallback becomes the name of its field."""
    found = _FIELD.match(tag)
    if found is None or re.search(r"\|\s*default\s*:", tag):
        return tag
    return f"[{found[1].replace('.', ' ').replace('_', ' ').capitalize()}]"
