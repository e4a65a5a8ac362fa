"""The mail of one person: as parts by its plain definition, and as bytes, fast, from the same.

The templates are taken apart and encoded once per process. Per person remain tokens, the pieces
that read the contact, and a join. Tests hold both ways against each other.
"""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings

from campaigns.composing.fragments import Fragment, allows_stand_ins, pieces_of
from campaigns.composing.freezing import own_hosts
from campaigns.composing.links import rewrite
from campaigns.composing.merging import (
    MergeTemplate,
    fields_used,
    html_template,
    subject_template,
    text_template,
)
from campaigns.composing.tags import OUR_URLS, has_tags
from campaigns.sending import addressing
from mailwire.compiled import CompiledMail, CompiledText, Pattern
from mailwire.fields import Field, Pieces, has_fields
from mailwire.message import Mail, verp
from mailwire.quoting import quoted
from marketing.signing import choices_page, leave_page, tokens
from marketing.tokens import spelled


@dataclass(frozen=True, kw_only=True)
class Source:
    """All that a campaign's mails are made of, for people who are tracked in the same way."""

    account_id: int
    campaign_id: int
    from_name: str
    from_address: str
    reply_to: str
    subject: str
    html: str
    text: str
    opens: bool
    clicks: bool
    bounces_to: str = ""  # the account's own name for bounces; "" is ours
    tracking_url: str = ""  # of the picture and the links; "" is everybody's

    @property
    def linked_html(self) -> str:
        """The HTML template; its links lead through our redirect where clicks may be counted."""
        if not self.clicks:
            return self.html
        return rewrite(
            self.html, lambda number: f"{{{{ links_url }}}}/{number}", own_hosts=own_hosts()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """Who gets a mail. `contact` holds what templates may read."""

    contact_id: int
    address: str
    contact: Mapping[str, Any]
    sent_at: datetime


@dataclass(frozen=True)
class WrittenMail:
    """A Sendable: the bytes, and how its parts are made for backends that want those."""

    to_address: str
    message_id: str
    raw: bytes
    parts: Callable[[], Mail]
    is_relaxed: bool

    def as_bytes(self) -> bytes:
        """See Sendable."""
        return self.raw

    def as_mail(self) -> Mail:
        """See Sendable."""
        return self.parts()


Keys = Mapping[str, str]
Rendered = Callable[[Mapping[str, Any], Keys], str | bytes]


def keys_of(account_id: int, campaign_id: int, contact_id: int) -> Keys:
    """What leads back from a mail: one token for pixel and links, one for all the ways out."""
    leave = tokens.raw("leave", account_id, campaign_id, contact_id)
    return {
        "track": tokens.make("track", account_id, campaign_id, contact_id),
        "leave": spelled(leave),
        "leave_folded": leave.hex(),
    }


class Writer:
    """Writes the mails of one source. Raises MergeFailed, HeaderRefused: no mail can be made."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._campaign = source.account_id, source.campaign_id
        self._bounces_to = source.bounces_to or settings.MAIL_DOMAIN
        self._domain = settings.MAIL_DOMAIN  # a look at the settings takes a microsecond each
        self._html = html_template(source.linked_html)
        self._text = text_template(source.text)
        self._subject = subject_template(source.subject)
        self._rendered: dict[str, Rendered] = {}
        self._compiled = CompiledMail(
            Pattern(
                from_name=source.from_name,
                from_address=source.from_address,
                reply_to=source.reply_to,
                subject=self._subject_pieces(),
                text=self._body_pieces("text", source.text, self._text),
                html=self._body_pieces("html", source.linked_html, self._html),
                headers=tuple(
                    (name, _with_fields(value)) for name, value in _headers(source, _STAND_INS)
                ),
            )
        )

    def letter_to(self, person: Addressee) -> WrittenMail:
        """The person's mail in both forms. Raises MergeFailed, HeaderRefused."""
        return WrittenMail(
            to_address=person.address,
            message_id=addressing.message_id(*self._key_of(person)),
            raw=self.bytes_to(person),
            parts=partial(self.mail_to, person),
            is_relaxed=self._compiled.is_relaxed,
        )

    def mail_to(self, person: Addressee) -> Mail:
        """The definition: every template rendered as a whole. Raises MergeFailed."""
        source, key = self._source, self._key_of(person)
        keys = keys_of(*key)
        values = {**_urls(source, keys), "contact": person.contact}
        return Mail(
            from_name=source.from_name,
            from_address=source.from_address,
            to_address=person.address,
            reply_to=source.reply_to,
            subject=self._subject.render(values),
            message_id=addressing.message_id(*key),
            sent_at=person.sent_at,
            text=self._text.render(values),
            html=self._html.render(values),
            headers=_headers(source, keys),
        )

    def bytes_to(self, person: Addressee) -> bytes:
        """The same mail as it travels. Raises MergeFailed, HeaderRefused."""
        return self.wire_to(person.contact_id, person.address, person.contact, person.sent_at)[1]

    def wire_to(
        self, contact_id: int, address: str, contact: Mapping[str, Any], sent_at: datetime
    ) -> tuple[str, bytes]:
        """Envelope sender and octets of a mail: for bulk, so no objects between.

        Raises MergeFailed, HeaderRefused.
        """
        account_id, campaign_id = self._campaign
        keys = keys_of(account_id, campaign_id, contact_id)
        values: dict[str, str | bytes] = {**keys}
        for name, rendered in self._rendered.items():
            values[name] = rendered(contact, keys)
        way_back = addressing.way_back(account_id, campaign_id, contact_id)
        octets = self._compiled.bytes_for(
            address, values, message_id=f"<{way_back}@{self._domain}>", sent_at=sent_at
        )
        return verp(way_back, self._bounces_to), octets

    def _key_of(self, person: Addressee) -> tuple[int, int, int]:
        return self._source.account_id, self._source.campaign_id, person.contact_id

    def _subject_pieces(self) -> Pieces:
        source = self._source.subject
        if not has_tags(source):
            return [source]
        if OUR_URLS.isdisjoint(fields_used(source)):
            fragment = Fragment(self._subject, {}, str)
            self._rendered["subject"] = lambda contact, _: fragment.made_for(contact)
            return [Field("subject")]
        return [self._as_a_whole("subject", self._subject)]

    def _body_pieces(self, part: str, source: str, template: MergeTemplate) -> Pieces:
        if not allows_stand_ins(source):
            return [self._as_a_whole(part, template)]
        stand_ins = _urls(self._source, _STAND_INS)
        marked = []
        for number, piece in enumerate(pieces_of(template, stand_ins)):
            if isinstance(piece, MergeTemplate):
                name = f"{part}{number}"
                self._rendered[name] = _filled(Fragment(piece, stand_ins, _compiled))
                marked.append(_stand_in(name))
            else:
                marked.append(piece)
        return _with_fields("".join(marked))

    def _as_a_whole(self, part: str, template: MergeTemplate) -> Field:
        """Rendered anew for each person: the rare template that looks into our URLs."""
        self._rendered[part] = lambda contact, keys: template.render(
            {**_urls(self._source, keys), "contact": contact}
        )
        return Field(part, is_html=True)


# In place of keys and fragments while templates are rendered for everybody: letters, digits and
# hyphens pass every escaping, and nobody can have typed these.
_MARK = f"q{secrets.token_hex(8)}"
_MARKED = re.compile(rf"{_MARK}-(\w+)-")


def _stand_in(name: str) -> str:
    return f"{_MARK}-{name}-"


_STAND_INS: Keys = {name: _stand_in(name) for name in ("track", "leave", "leave_folded")}


def _with_fields(text: str) -> Pieces:
    """A text with stand-ins as pieces; what they stand for needs no escaping any more."""
    parts = _MARKED.split(text)
    return [
        Field(part, is_html=True) if at % 2 else part
        for at, part in enumerate(parts)
        if at % 2 or part
    ]


def _compiled(text: str) -> CompiledText | bytes:
    pieces = _with_fields(text)
    return CompiledText(pieces) if has_fields(pieces) else quoted(text, relaxed=True)


def _filled(fragment: Fragment[CompiledText | bytes]) -> Rendered:
    def filled(contact: Mapping[str, Any], keys: Keys) -> bytes:
        made = fragment.made_for(contact)
        return made if isinstance(made, bytes) else made.fill(keys)

    return filled


def _urls(source: Source, keys: Keys) -> dict[str, str]:
    """The templates show the picture and the stop link only where their URL is given."""
    choices = choices_page(keys["leave"])
    tracking_url = source.tracking_url or settings.TRACKING_URL
    urls = {
        "unsubscribe_url": leave_page(keys["leave"]),
        "choices_url": choices,
        "preferences_url": choices,
    }
    if source.opens:
        urls["pixel_url"] = f"{tracking_url}/pixel/{keys['track']}.gif"
    if source.clicks:
        urls["links_url"] = f"{tracking_url}/link/{keys['track']}"
    if source.opens or source.clicks:
        urls["stop_tracking_url"] = choices
    return urls


def _headers(source: Source, keys: Keys) -> tuple[tuple[str, str], ...]:
    account, campaign = f"a{source.account_id}", f"c{source.campaign_id}"
    leave = f"<{leave_page(keys['leave'])}>"
    return (
        ("List-Unsubscribe", f"{leave}, <{addressing.leave_mailto(keys['leave_folded'])}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("List-Id", f"<news.{account}.{settings.MAIL_DOMAIN}>"),
        ("Feedback-ID", f"{campaign}:{account}:promo:assent"),
        ("Precedence", "bulk"),
        ("X-Auto-Response-Suppress", "OOF, AutoReply"),
    )
