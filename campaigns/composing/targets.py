"""What becomes of one href: followed through our redirect, left alone, or refused.

Decides about the value after entity decoding; finding values and changing them is links' work.
A target may hold merge tags; `person_target` fills them for one person and decides again.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qsl, quote, urljoin

import idna

from campaigns.composing.tags import Hidden, guarded_url, has_tags, is_one_tag

LENGTH_LIMIT = 2048


class Action(StrEnum):
    """What happens to a link when clicks are tracked."""

    REWRITE = "rewrite"
    KEEP = "keep"
    REFUSE = "refuse"


class Level(StrEnum):
    """What the check before launch says."""

    NONE = ""
    WARN = "warn"
    ERROR = "error"


@dataclass(frozen=True)
class Decision:
    """`target` is the whole address in the form in which it is put into Location."""

    action: Action
    target: str = ""
    level: Level = Level.NONE
    message: str = ""


class LinkRefused(ValueError):
    """An address that must never become a redirect; the message is for people."""


_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_NOT_OURS_TO_FOLLOW = {"javascript", "vbscript", "data"}
_HOST_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_AUTHORITY = re.compile(r"(?P<host>[^:]*)(?::(?P<port>[0-9]{1,5}))?")
# Blanks, quotes, angle brackets and non-ASCII; everything else stays as written, %-signs too.
_TO_ENCODE = re.compile(r"[^!#-;=?-\[\]-~]")
_SIGNED = {"x-amz-signature", "x-goog-signature"}
_SIGNED_TOGETHER = ({"sig", "sv"}, {"signature", "expires"}, {"signature", "key-pair-id"})
_FILES_FOR_PROGRAMS = (".ics", ".pkpass")


def decide(value: str, *, base: str = "", own_hosts: frozenset[str] = frozenset()) -> Decision:
    """Decide about an href whose entities are decoded.

    `base` is the document's <base href>, `own_hosts` are hosts of ours, never wrapped again.
    """
    url = re.sub("[\t\r\n]", "", value.strip("".join(map(chr, range(0x21)))))
    kept = _kept_as_it_is(url, base)
    if kept is not None:
        return kept
    level, message = Level.NONE, ""
    if url.startswith("//"):
        url, level = f"https:{url}", Level.WARN
        message = "The link has no https: in front; it is opened with https."
    elif not _SCHEME.match(url):
        url = urljoin(base, url)
    try:
        target = web_address(url)
    except LinkRefused as refused:
        return Decision(Action.REFUSE, level=Level.ERROR, message=str(refused))
    if _must_not_be_logged(target) or _host_of(target) in own_hosts:
        return Decision(Action.KEEP, level=level, message=message)
    return Decision(Action.REWRITE, target, level, message)


def web_address(url: str) -> str:
    """The http(s) address ready for a Location header. Raises LinkRefused.

    Host as A-label; blanks, quotes and non-ASCII percent-encoded as UTF-8; all else as written.
    Merge tags stay, but never where they could choose another host.
    """
    if "{%" in url:
        raise LinkRefused("Conditions and loops are not possible inside a link.")
    hidden = Hidden(url)
    scheme, _, rest = hidden.text.partition(":")
    if scheme.lower() not in {"http", "https"} or not rest.startswith("//"):
        raise LinkRefused("A link begins with https:// or http://.")
    found = re.fullmatch(r"//([^/?#]*)(.*)", rest, re.DOTALL)
    authority, tail = (found[1], found[2]) if found else ("", "")
    path = re.split("[?#]", tail)[0]
    if "\\" in authority + path:
        raise LinkRefused("A link has no backslash before the question mark.")
    if re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", hidden.text):
        raise LinkRefused("The link contains a control character.")
    address = f"{scheme.lower()}://{_checked_authority(hidden, authority)}{_encoded(tail)}"
    target = hidden.shown(address, change=str)
    if len(target) > LENGTH_LIMIT:
        message = f"The link has {len(target)} characters; at most {LENGTH_LIMIT} are possible."
        raise LinkRefused(message)
    return target


def person_target(target: str, fill: Callable[[str], str]) -> str:
    """One person's own address of a target with merge tags. Raises LinkRefused.

    `fill` renders a template for the person. Values are percent-encoded, and the result is
    judged like any typed address: a value can not move the link to another host.
    """
    if not has_tags(target):
        return target
    return web_address(fill(guarded_url(target)))


def _kept_as_it_is(url: str, base: str) -> Decision | None:
    """The decision for everything that is not an address of the web, else None."""
    if not url:
        return Decision(Action.KEEP, level=Level.WARN, message="The link is empty.")
    if url.startswith("#") or is_one_tag(url):
        return Decision(Action.KEEP)
    scheme = _SCHEME.match(url)
    if scheme and scheme[1].lower() in _NOT_OURS_TO_FOLLOW:
        message = f"A link can not begin with {scheme[1].lower()}:"
        return Decision(Action.KEEP, level=Level.ERROR, message=message)
    if scheme and scheme[1].lower() not in {"http", "https"}:
        return Decision(Action.KEEP)
    if not scheme and not url.startswith("//") and not base:
        if url.startswith("{"):
            message = "A link can not begin with a field, unless it is the whole link."
            return Decision(Action.REFUSE, level=Level.ERROR, message=message)
        message = "In a mail a link must be whole: begin with https://."
        return Decision(Action.KEEP, level=Level.ERROR, message=message)
    return None


def _checked_authority(hidden: Hidden, authority: str) -> str:
    if "@" in authority:
        raise LinkRefused("A link has no user name or password before the host.")
    if authority.startswith("["):
        if not re.fullmatch(r"\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?", authority):
            raise LinkRefused("The host of the link is not readable.")
        return authority.lower()
    found = _AUTHORITY.fullmatch(authority)
    if not found or not found["host"]:
        raise LinkRefused("The link has no host.")
    if found["port"] and int(found["port"]) > 65535:
        raise LinkRefused("The port of the link is not a number up to 65535.")
    host = _checked_host(hidden, found["host"])
    return f"{host}:{found['port']}" if found["port"] else host


def _checked_host(hidden: Hidden, host: str) -> str:
    typed = hidden.shown(host, change=str)
    if has_tags(typed):
        # A value may choose a name below a host of the author's, never the host itself.
        literal_end = re.split("zq[0-9]+qz", host)[-1]
        if not re.fullmatch(r"(\.[^.]+){2,}\.?", literal_end):
            raise LinkRefused("A field in the host must be followed by the host's own name.")
    try:
        labels = [_label(label) for label in re.split("[.\u3002\uff0e\uff61]", host)]
    except (idna.IDNAError, UnicodeError) as error:
        raise LinkRefused(f"The host {typed[:80]} is not a valid name.") from error
    name = ".".join(labels)
    if len(name) > 253 or not all(_HOST_LABEL.fullmatch(label) for label in labels[:-1]):
        raise LinkRefused(f"The host {typed[:80]} is not a valid name.")
    if labels[-1] and not _HOST_LABEL.fullmatch(labels[-1]):
        raise LinkRefused(f"The host {typed[:80]} is not a valid name.")
    return name


def _label(label: str) -> str:
    """One label in lower case; IDNA2008 with the non-transitional mapping of UTS 46."""
    if label.isascii() and not label.lower().startswith("xn--"):
        return label.lower()
    return idna.encode(label, uts46=True, transitional=False).decode().lower()


def _encoded(tail: str) -> str:
    return _TO_ENCODE.sub(lambda found: quote(found[0], safe=""), tail)


def _must_not_be_logged(target: str) -> bool:
    """Signed addresses (a log of redirects would leak them) and files that programs fetch."""
    path, _, query = target.partition("#")[0].partition("?")
    names = {name.lower() for name, _ in parse_qsl(query, keep_blank_values=True)}
    signed = bool(names & _SIGNED) or any(pair <= names for pair in _SIGNED_TOGETHER)
    return signed or path.lower().endswith(_FILES_FOR_PROGRAMS)


def _host_of(target: str) -> str:
    return re.split("[/:?#]", target.partition("://")[2])[0]
