"""What is looked at before a launch, in sentences for the author. Pure: it reads a compiled mail.

Errors keep a campaign from being launched, warnings are for the author to judge.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from html import unescape
from typing import Any

from campaigns.composing.blocks import Document, faults_of, name_of, sentences_of
from campaigns.composing.links import LinkFound
from campaigns.composing.markup import start_tags
from campaigns.composing.merging import MergeFailed, html_template, problems
from campaigns.composing.rendering import MailTemplate
from campaigns.composing.tags import has_tags
from campaigns.composing.targets import Level as LinkLevel

# Gmail cuts a mail whose HTML is longer, and with it the footer.
CLIPPED_AT = 102 * 1024
WARN_AT = 90 * 1024
STRONG_WARNING_AT = 100 * 1024

SAMPLE: Mapping[str, Any] = {
    "contact": {"first_name": "Ana", "last_name": "Example", "email": "ana@example.com"},
    **dict.fromkeys(("unsubscribe_url", "choices_url"), f"https://example.com/{'x' * 100}"),
    "stop_tracking_url": f"https://example.com/{'x' * 100}",
    "pixel_url": f"https://example.com/{'x' * 100}",
    "links_url": f"https://example.com/{'x' * 100}",
}


class Level(StrEnum):
    """How much a check weighs."""

    GOOD = "good"
    WARN = "warn"
    ERROR = "error"


@dataclass(frozen=True)
class Check:
    """One line. `field` names where to mend it: subject, sender, preheader, content, or a
    block as `block:<id>:<prop>`.
    """

    level: Level
    text: str
    field: str


@dataclass(frozen=True, kw_only=True)
class MailToCheck:
    """A campaign's content as compiled, with what stands around it.

    `placeholders` are sentences that are there to be written over.
    """

    subject: str
    sender_address: str
    document: Document
    template: MailTemplate
    known_fields: frozenset[str]
    preheader: str = ""
    placeholders: frozenset[str] = frozenset()


def checks_of(mail: MailToCheck) -> list[Check]:
    """Every check, errors first."""
    found = [
        *_head_checks(mail),
        *_block_checks(mail),
        *_placeholder_checks(mail),
        *_link_checks(mail),
        *_way_out_checks(mail.template),
        *_size_checks(mail.template.html),
    ]
    order = list(Level)[::-1]
    return sorted(found, key=lambda check: order.index(check.level))


def may_launch(checks: list[Check]) -> bool:
    """No error is among them."""
    return all(check.level is not Level.ERROR for check in checks)


def size_of(html: str) -> int:
    """Octets of the HTML part as a sample person gets it, decoded."""
    try:
        return len(html_template(html).render(SAMPLE).encode())
    except MergeFailed:
        return len(html.encode())


def _head_checks(mail: MailToCheck) -> Iterator[Check]:
    if not mail.subject.strip():
        yield Check(Level.ERROR, "The subject is missing.", "subject")
    if not mail.sender_address:
        yield Check(Level.ERROR, "Choose who the mail is from.", "sender")
    for field, source in (("subject", mail.subject), ("preheader", mail.preheader)):
        for problem in problems(source, mail.known_fields):
            yield Check(Level.ERROR, problem.text, field)


def _block_checks(mail: MailToCheck) -> Iterator[Check]:
    if not mail.document.blocks:
        yield Check(Level.ERROR, "The newsletter is empty.", "content")
    for fault in faults_of(mail.document, mail.known_fields):
        name = name_of(mail.document, fault.block_id)
        yield Check(Level.ERROR, f"{name}: {fault.text}", f"block:{fault.block_id}:{fault.prop}")
    pictures = [block for block in mail.document.blocks if block.type == "picture"]
    bare = [block for block in pictures if block.props["src"] and not block.props["alt"]]
    for block in bare:
        name = name_of(mail.document, block.id)
        text = f"{name} has no description; many people see no pictures."
        yield Check(Level.WARN, text, f"block:{block.id}:alt")
    if pictures and not bare:
        yield Check(Level.GOOD, "Every picture has a description.", "content")


def _placeholder_checks(mail: MailToCheck) -> Iterator[Check]:
    """One line for each block that still says what it began with."""
    for block in mail.document.blocks:
        left = next((each for each in sentences_of(block) if each in mail.placeholders), "")
        if left:
            text = f"{name_of(mail.document, block.id)} still says “{left}”"
            prop = "text" if block.type == "heading" else "html"
            yield Check(Level.WARN, text, f"block:{block.id}:{prop}")


def _link_checks(mail: MailToCheck) -> Iterator[Check]:
    links = [link for link in mail.template.links if not _is_ours(link)]
    own = [link for link in links if not _is_told_by_its_block(link, mail.document)]
    if not links:
        yield Check(Level.WARN, "The newsletter has no link.", "content")
        return
    warned = [
        Check(Level.WARN, text, _place_of(link, mail.document))
        for link in own
        for text in _doubts(link)
    ]
    # The same link may stand on a picture and on a button.
    yield from dict.fromkeys(warned)
    if links == own and not warned and not any(link.level is LinkLevel.ERROR for link in own):
        count = len({link.href for link in own})
        said = (
            "The link is whole and uses" if count == 1 else f"All {count} links are whole and use"
        )
        yield Check(Level.GOOD, f"{said} https.", "content")


def _is_told_by_its_block(link: LinkFound, document: Document) -> bool:
    """A button whose link is still missing: that is a fault of the block already."""
    return not link.href and any(
        block.type == "button"
        and not block.props["href"]
        and " ".join(block.props["label"].split()) == link.words
        for block in document.blocks
    )


def _doubts(link: LinkFound) -> Iterator[str]:
    """What an author should look at: addresses that lead nowhere, or not where the words say."""
    named = link.words or link.href
    if link.level is LinkLevel.WARN:
        yield f"{link.message} ({named})" if named else link.message
    if link.target.startswith("http://"):
        yield f"A link uses http; with https nobody on the way can read it or change it. ({named})"
    if link.target and not has_tags(link.target) and "." not in _host(link.target):
        yield f"A link leads to {_host(link.target)}, which is no whole address. ({named})"
    shown = re.search(r"https?://([^\s/?#]+)", link.words)
    if shown and link.target and not re.match(rf"https?://{re.escape(shown[1])}\b", link.target):
        yield f"The words show {shown[1]}, but the link leads elsewhere. It looks like fraud."


def _place_of(link: LinkFound, document: Document) -> str:
    """The block that holds the link, so that one press leads there."""
    href = unescape(link.href)
    for block in document.blocks:
        for prop, value in block.props.items():
            if href and (href in value or href in unescape(value)):
                return f"block:{block.id}:{prop}"
    return "content"


def _host(target: str) -> str:
    return re.split("[/:?#]", target.partition("://")[2])[0]


def _is_ours(link: LinkFound) -> bool:
    return re.search(r"\{\{ *(unsubscribe|choices|stop_tracking)_url", link.href) is not None


def _way_out_checks(template: MailTemplate) -> Iterator[Check]:
    in_html = any(
        "unsubscribe_url" in (href.value if (href := tag.attribute("href")) else "")
        for tag in start_tags(template.html)
    )
    if in_html and "{{ unsubscribe_url }}" in template.text:
        yield Check(Level.GOOD, "The unsubscribe link is in both parts.", "content")
    else:
        yield Check(Level.ERROR, "The unsubscribe link is missing.", "content")


def _size_checks(html: str) -> Iterator[Check]:
    size = size_of(html)
    shown = f"{size / 1024:.0f} KB of 102 KB"
    if size >= STRONG_WARNING_AT:
        text = f"{shown}: Gmail will cut the mail and hide the footer. Make it shorter."
        yield Check(Level.WARN, text, "content")
    elif size >= WARN_AT:
        yield Check(Level.WARN, f"{shown}: close to where Gmail cuts a mail.", "content")
    else:
        yield Check(Level.GOOD, f"{shown}, so that Gmail shows it whole.", "content")
