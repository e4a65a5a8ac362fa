"""What is looked at before a launch, in sentences for the author. Pure: it reads a compiled mail.

Errors keep a campaign from being launched, warnings are for the author to judge.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from campaigns.composing.blocks import Document, block_of, faults_of
from campaigns.composing.links import LinkFound
from campaigns.composing.markup import start_tags
from campaigns.composing.merging import MergeFailed, html_template, problems
from campaigns.composing.rendering import MailTemplate
from campaigns.composing.targets import Action
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
    """A campaign's content as compiled, with what stands around it."""

    subject: str
    sender_address: str
    document: Document
    template: MailTemplate
    known_fields: frozenset[str]
    preheader: str = ""


def checks_of(mail: MailToCheck) -> list[Check]:
    """Every check, errors first."""
    found = [
        *_head_checks(mail),
        *_block_checks(mail),
        *_link_checks(mail.template.links),
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
        kind = block_of(mail.document, fault.block_id).type.capitalize()
        yield Check(Level.ERROR, f"{kind}: {fault.text}", f"block:{fault.block_id}:{fault.prop}")
    for block in mail.document.blocks:
        if block.type == "picture" and not block.props["alt"]:
            text = "A picture has no description; many people see no pictures."
            yield Check(Level.WARN, text, f"block:{block.id}:alt")


def _link_checks(links: tuple[LinkFound, ...]) -> Iterator[Check]:
    own = [link for link in links if not _is_ours(link)]
    if not own:
        yield Check(Level.WARN, "The newsletter has no link.", "content")
    for link in own:
        if link.action is Action.KEEP and link.level is LinkLevel.WARN:
            yield Check(Level.WARN, f"{link.message} ({link.words or link.href})", "content")
        shown = re.search(r"https?://([^\s/?#]+)", link.words)
        if (
            shown
            and link.target
            and not re.match(rf"https?://{re.escape(shown[1])}\b", link.target)
        ):
            text = f"The words show {shown[1]}, but the link leads elsewhere. It looks like fraud."
            yield Check(Level.WARN, text, "content")


def _host(target: str) -> str:
    return re.split("[/?#]", target.partition("://")[2])[0]


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
