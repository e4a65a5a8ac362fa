"""A template in two kinds of pieces: what everybody gets, and fragments that read the contact.

A fragment is rendered by Liquid once for each distinct set of the values it reads, not for each
person. Our own URLs are given as `shared` stand-ins: whoever sends puts the person's token there.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from liquid import BoundTemplate
from liquid.builtin.content import ContentNode
from liquid.exceptions import LiquidError

from campaigns.composing.merging import MergeFailed, MergeTemplate
from campaigns.composing.tags import OUR_URLS, spans_of

Made = TypeVar("Made")

# Characters kept by one fragment. For each of a million first names it would be a table's size.
_KEPT = 2_000_000
_OF_AN_ENTRY = 200
# The limit on iterations holds for one rendering, so many loops are rendered as one.
_LOOPS_APART = 5
_LOOP = re.compile(r"\{%-?\s*for\b")
# The ways in which one of our URLs may be used and still come out as it went in.
_AS_IT_IS = re.compile(
    r"\{\{-?\s*\w+\s*-?\}\}"
    r"|\{%-?\s*(?:if|elsif|unless)\s+(\w+)(?:\s+and\s+\1\s*!=\s*\"\")?\s*-?%\}"
)
_NAMES = re.compile(r"\w+")


class Fragment(Generic[Made]):
    """One piece of a template, rendered and made ready by `make` as seldom as possible."""

    def __init__(
        self, template: MergeTemplate, shared: Mapping[str, str], make: Callable[[str], Made]
    ) -> None:
        self._template = template
        self._shared = shared
        self._make = make
        self._reads = list(_paths(template))
        own = self._reads[0] if len(self._reads) == 1 else ()
        self._field = own[0] if len(own) == 1 else None  # the only thing it reads, if it is so
        self._kept: dict[Any, Made] = {}
        self._size = 0

    def made_for(self, contact: Mapping[str, Any]) -> Made:
        """What this contact gets. Raises MergeFailed."""
        key = self._key_of(contact)
        made = self._kept.get(key)
        if made is None:
            text = self._template.render({**self._shared, "contact": contact})
            made = self._make(text)
            self._keep(key, made, len(text))
        return made

    def _keep(self, key: Any, made: Made, size: int) -> None:
        self._size += size + _OF_AN_ENTRY
        if self._size > _KEPT:
            self._kept.clear()
            self._size = size
        self._kept[key] = made

    def _key_of(self, contact: Mapping[str, Any]) -> Any:
        """The values it reads: most fragments read one text."""
        if self._field is not None:
            only = contact.get(self._field)
            if type(only) is str:
                return only
        values = [_value_at(contact, path) for path in self._reads]
        if len(values) == 1 and type(values[0]) is str:
            return values[0]
        # Written out they tell 1, "1" and True apart, and lists can be keys too.
        return (repr(values),)


def pieces_of(template: MergeTemplate, shared: Mapping[str, str]) -> Iterator[str | MergeTemplate]:
    """The template as texts and templates in turn; joined they render as the whole.

    What reads nothing but `shared` is a text. Raises MergeFailed.
    """
    for node_template in _nodes(template):
        node = node_template.bound.nodes[0] if node_template.bound.nodes else None
        if isinstance(node, ContentNode):
            yield str(node.text)
        elif next(_paths(node_template), None) is None:
            yield node_template.render(shared)
        else:
            yield node_template


def allows_stand_ins(source: str) -> bool:
    """Our own URLs are only printed or asked for in it, never looked into or changed."""
    for start, end in spans_of(source):
        tag = source[start:end]
        if OUR_URLS.intersection(_NAMES.findall(tag)) and not _AS_IT_IS.fullmatch(tag):
            return False
    return True


def _nodes(template: MergeTemplate) -> list[MergeTemplate]:
    """Every node a template of its own. No tag of ours lets one node see what another did."""
    bound = template.bound
    loops = sum(len(_LOOP.findall(str(node))) for node in bound.nodes)
    if loops > _LOOPS_APART:
        return [template]
    return [MergeTemplate(BoundTemplate(bound.env, [node])) for node in bound.nodes]


def _paths(template: MergeTemplate) -> Iterator[tuple[Any, ...]]:
    """Where in the contact a template looks; () for a place known only when it is rendered."""
    try:
        names = template.bound.analyze().globals
    except (LiquidError, RecursionError) as error:
        raise MergeFailed(str(error)) from error
    places: Iterable[Any] = names.get("contact", [])
    for place in places:
        path = tuple(place.segments[1:])
        yield () if any(isinstance(each, list) for each in path) else path


def _value_at(contact: Mapping[str, Any], path: tuple[Any, ...]) -> Any:
    """The value, or what holds it: `contact.first_name.size` depends on the name."""
    value: Any = contact
    for name in path:
        if not isinstance(value, Mapping):
            return value
        value = value.get(name)
    return value
