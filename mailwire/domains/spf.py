"""SPF (RFC 7208) as an owner needs it: which record counts, and how many look-ups it costs."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from mailwire.domains.asking import Answer, Dns, Found

LOOKUPS: Final = 10  # RFC 7208 4.6.4
_VOID: Final = 2
# A domain may publish a tree of includes that never ends; nobody follows it further than this.
_ASKED: Final = 30
_TERM: Final = re.compile(r"[+?~-]?(include|a|mx|ptr|exists|redirect)([:=/].*)?", re.IGNORECASE)
_LEADS_ON: Final = {"include", "redirect"}


class Fault(StrEnum):
    """What is wrong with a record; the first three make receivers ignore it."""

    MISSING = "missing"
    SEVERAL = "several"
    TOO_MANY_LOOKUPS = "too_many_lookups"
    TOO_MANY_VOID = "too_many_void"
    LOOP = "loop"
    UNKNOWN = "unknown"  # could not be checked


@dataclass
class SpfWalk:
    """A record with all it includes. `lookups` counts on beyond the limit, up to where we stop."""

    record: str = ""
    lookups: int = 0
    void: int = 0
    faults: list[Fault] = field(default_factory=list)
    included: list[str] = field(default_factory=list)  # in the order they are asked for

    @property
    def is_fine(self) -> bool:
        """Receivers can use it."""
        return not self.faults


def walk(domain: str, dns: Dns) -> SpfWalk:
    """Follow the SPF record of a domain through its includes, as a receiver would."""
    walked = SpfWalk()
    answer = dns.texts(domain)
    records = _records(answer)
    if answer.found is Found.UNKNOWN:
        walked.faults.append(Fault.UNKNOWN)
    elif not records:
        walked.faults.append(Fault.MISSING)
    elif len(records) > 1:
        walked.record = records[0]
        walked.faults.append(Fault.SEVERAL)
    else:
        walked.record = records[0]
        _follow(records[0], dns, walked, path=(domain.lower(),))
        _judge(walked)
    return walked


def _follow(record: str, dns: Dns, walked: SpfWalk, *, path: tuple[str, ...]) -> None:
    for term in record.split()[1:]:
        found = _TERM.fullmatch(term)
        if found is None:
            continue
        walked.lookups += 1
        if walked.lookups > _ASKED:
            return
        name, target = found[1].lower(), (found[2] or "").lstrip(":=").lower()
        if name in _LEADS_ON:
            _include(target, dns, walked, path=path)


def _include(target: str, dns: Dns, walked: SpfWalk, *, path: tuple[str, ...]) -> None:
    walked.included.append(target)
    if target in path:
        _note(walked, Fault.LOOP)
        return
    if "%" in target:
        return  # a macro of the message at hand: counted, not followed
    answer = dns.texts(target)
    records = _records(answer)
    if answer.found is Found.UNKNOWN:
        _note(walked, Fault.UNKNOWN)
    elif answer.found is Found.NONE:
        walked.void += 1
    elif len(records) == 1:
        _follow(records[0], dns, walked, path=(*path, target))


def _judge(walked: SpfWalk) -> None:
    if walked.lookups > LOOKUPS:
        _note(walked, Fault.TOO_MANY_LOOKUPS)
    if walked.void > _VOID:
        _note(walked, Fault.TOO_MANY_VOID)


def _note(walked: SpfWalk, fault: Fault) -> None:
    if fault not in walked.faults:
        walked.faults.append(fault)


def _records(answer: Answer) -> list[str]:
    return [text for text in answer.values if re.match(r"v=spf1( |$)", text, re.IGNORECASE)]
