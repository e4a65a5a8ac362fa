"""The request mail as it was sent: what the ledger keeps of it, and the bytes made of that again.

Kept are the template (once, without a person) and the values of this mail beside its record.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from consent.asking.composing import RequestMail, filled_mail
from mailwire.message import Mail

_OF_MAIL = ("from_name", "from_address", "reply_to", "message_id")


@dataclass(frozen=True, slots=True)
class Kept:
    """Both halves of one mail: the template, and the values as JSON."""

    template: str
    values: str


def kept(made: RequestMail, mail: Mail) -> Kept:
    """What is to be kept of a mail that is about to be sent, made of `made`."""
    own = {name: getattr(mail, name) for name in _OF_MAIL}
    own["sent_at"] = mail.sent_at.isoformat()
    own["more_headers"] = json.dumps(mail.headers[len(made.headers) :])
    return Kept(made.template, json.dumps({**made.values, **own}, ensure_ascii=False))


def mail_again(template: str, values: Mapping[str, str]) -> bytes:
    """The whole message, byte for byte, as it was given to the relay (which may have signed it)."""
    made = filled_mail(0, template, values)
    more = [(name, text) for name, text in json.loads(values["more_headers"])]
    mail = Mail(
        **{name: values[name] for name in _OF_MAIL},
        to_address=made.address,
        subject=made.subject,
        sent_at=datetime.fromisoformat(values["sent_at"]),
        text=made.text,
        html=made.html,
        headers=(*made.headers, *more),
    )
    return mail.as_bytes()
