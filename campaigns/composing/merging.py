"""Merge tags: what an author may write, and how it is filled in for one person.

Strict when saved (`problems`), lenient at delivery. Contact data is only ever a value, never a
template. Limits and lists are those of a trial of attacks; python-liquid's own defaults have none.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from liquid import BoundTemplate, Environment, StrictUndefined, Undefined
from liquid.exceptions import LiquidError
from liquid.filter import string_filter

from campaigns.composing import remedies
from campaigns.composing.links import guarded
from campaigns.composing.tags import OUR_URLS, has_tags, never_closed, spans_of
from campaigns.composing.targets import LinkRefused, web_address
from mailwire.headers import cleaned

SOURCE_LIMIT = 256 * 1024
TAG_LIMIT = 2000
TAG_LENGTH_LIMIT = 500
CONTACT_FIELDS = ("first_name", "last_name", "email", "country", "language")

_TAGS = {"if", "unless", "case", "for", "break", "continue", "comment"}
_INNER_TAGS = {"content", "output", "illegal"}
# Not here on purpose: safe (defeats escaping), replace, append, prepend, split, times (grow
# without bound). assign, capture, include and render are missing above for the same reason.
_FILTERS = {
    "default",
    "upcase",
    "downcase",
    "capitalize",
    "date",
    "truncate",
    "escape",
    "url_encode",
    "join",
    "strip",
}


class MergeFailed(Exception):
    """A template that can not be filled in for this person: over a limit, or not a template."""


@dataclass(frozen=True)
class Problem:
    """What is wrong in a template, where (from 1), in words for its author."""

    line: int
    column: int
    text: str


class _Environment(Environment):
    block_nesting_limit = 8
    context_depth_limit = 10
    loop_iteration_limit = 1000
    local_namespace_limit = 100_000
    output_stream_limit = 512 * 1024


@dataclass(frozen=True)
class MergeTemplate:
    """A parsed template: parse once per campaign, render for each person."""

    bound: BoundTemplate
    for_header: bool = False

    def render(self, values: Mapping[str, Any]) -> str:
        """Fill in plain dicts, strings, numbers and dates; what is missing prints nothing.

        Raises MergeFailed.
        """
        try:
            merged = self.bound.render(values)
        except LiquidError as error:
            raise MergeFailed(str(error.message)) from error
        return cleaned(merged) if self.for_header else merged


def html_template(source: str) -> MergeTemplate:
    """For the HTML part: values are escaped as HTML, and percent-encoded inside URLs."""
    return MergeTemplate(_parsed(_HTML, guarded(source)))


def text_template(source: str) -> MergeTemplate:
    """For the text part and for single URLs, which texts and targets have guarded: no escaping."""
    return MergeTemplate(_parsed(_PLAIN, source))


def subject_template(source: str) -> MergeTemplate:
    """For a header: no escaping, and always one line."""
    return MergeTemplate(_parsed(_PLAIN, source), for_header=True)


def known_fields(custom: Iterable[str] = ()) -> frozenset[str]:
    """The paths an author may use: contact.first_name, contact.fields.<name>, our own URLs."""
    own = {f"contact.{name}" for name in CONTACT_FIELDS}
    return frozenset(own | {f"contact.fields.{name}" for name in custom} | OUR_URLS)


def problems(source: str, known: frozenset[str]) -> list[Problem]:
    """Everything that keeps a template from being saved, in the order of the source."""
    if (malformed := _malformed(source)) is not None:
        return [malformed]
    if not has_tags(source):
        return []
    try:
        used = _STRICT.from_string(source).analyze()
    except LiquidError as error:
        index = error.token.start_index if error.token else 0
        text = remedies.not_read(str(error.message), source, index, tags=_TAGS)
        return [_problem(source, index, text)]
    except RecursionError:
        return [Problem(1, 1, "The conditions are nested too deeply.")]
    fields = [
        (variable.span.index, remedies.no_field(_path(variable.segments), known))
        for variables in used.globals.values()
        for variable in variables
        if _path(variable.segments) not in known
    ]
    filters = [
        (span.index, remedies.no_filter(name, _FILTERS))
        for name, spans in used.filters.items()
        for span in spans
        if name not in _FILTERS
    ]
    return [_problem(source, index, text) for index, text in sorted(fields + filters)]


def fields_used(source: str) -> frozenset[str]:
    """The fields a template reads; empty if it can not be parsed."""
    if _malformed(source) is not None:
        return frozenset()
    try:
        used = _STRICT.from_string(source).analyze().globals
    except (LiquidError, RecursionError):
        return frozenset()
    return frozenset(_path(each.segments) for many in used.values() for each in many)


def _environment(*, autoescape: bool, undefined: type[Undefined]) -> Environment:
    environment = _Environment(autoescape=autoescape, undefined=undefined, strict_filters=True)
    for name in set(environment.tags) - _TAGS - _INNER_TAGS:
        del environment.tags[name]
    for name in set(environment.filters) - _FILTERS:
        del environment.filters[name]
    return environment


@string_filter
def _url_part(value: str) -> str:
    return quote(str(value), safe="")


@string_filter
def _web_url(value: str) -> str:
    try:
        return web_address(str(value).strip())
    except LinkRefused:
        return ""


def _parsed(environment: Environment, source: str) -> BoundTemplate:
    if (malformed := _malformed(source)) is not None:
        raise MergeFailed(malformed.text)
    try:
        return environment.from_string(source)
    except LiquidError as error:
        raise MergeFailed(str(error.message)) from error
    except RecursionError as error:
        raise MergeFailed("The conditions are nested too deeply.") from error


def _path(segments: Iterable[Any]) -> str:
    return ".".join("[...]" if isinstance(each, list) else str(each) for each in segments)


def _problem(source: str, index: int, text: str) -> Problem:
    before = source[: max(index, 0)]
    return Problem(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1, text)


def _malformed(source: str) -> Problem | None:
    """What must not even reach the parser: python-liquid takes minutes over 50,000 open `{{`."""
    if len(source) > SOURCE_LIMIT:
        return Problem(1, 1, f"The text is longer than {SOURCE_LIMIT // 1024} KB.")
    open_at = never_closed(source)
    if open_at is not None:
        opening = source[open_at : open_at + 2]
        closing = {"{{": "}}", "{%": "%}"}[opening]
        return _problem(source, open_at, remedies.not_closed(opening, closing))
    spans = list(spans_of(source))
    if len(spans) > TAG_LIMIT:
        return Problem(1, 1, f"The text has {len(spans)} fields; at most {TAG_LIMIT} are possible.")
    for start, end in spans:
        if end - start > TAG_LENGTH_LIMIT:
            return _problem(source, start, "A field or condition is too long.")
    return None


_HTML = _environment(autoescape=True, undefined=Undefined)
_PLAIN = _environment(autoescape=False, undefined=Undefined)
_STRICT = _environment(autoescape=True, undefined=StrictUndefined)
for _each in (_HTML, _PLAIN):
    _each.add_filter("url_part", _url_part)
    _each.add_filter("web_url", _web_url)
