"""A mail of somebody handed on under our own name: their words, and their files, written anew.

Read with the limits of `parts`; nothing of the original's heading travels but its subject. Pure.
"""

import binascii
import quopri
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from email.header import decode_header, make_header
from email.message import Message
from email.utils import encode_rfc2231

from mailwire.message import Mail
from mailwire.parts import Part, fields, opened

# Decoded; what is more than that stays behind, and the text says so.
MAX_OCTETS = 8 * 1024 * 1024
_TEXT_OCTETS = 512 * 1024
_HEADING = 1000  # characters of a line that we read
_ANGLES = re.compile(r"<([^<>\s]{1,320})>")
_KIND = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}")


@dataclass(frozen=True)
class Attachment:
    """One file of a mail."""

    name: str
    kind: str
    content: bytes


@dataclass(frozen=True)
class Words:
    """What a person wrote: who they say they are, and what was in the mail."""

    name: str
    address: str
    subject: str
    text: str
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    is_cut: bool = False  # files beyond MAX_OCTETS were left behind


@dataclass(frozen=True)
class Forwarded:
    """A Sendable with files: the mail's parts first, then each file."""

    mail: Mail
    attachments: tuple[Attachment, ...] = ()

    @property
    def to_address(self) -> str:
        """See Sendable."""
        return self.mail.to_address

    @property
    def message_id(self) -> str:
        """See Sendable."""
        return self.mail.message_id

    @property
    def is_relaxed(self) -> bool:
        """See Sendable: strangers' words, nobody looked."""
        return False

    def as_mail(self) -> Mail:
        """See Sendable; the files have to be asked for."""
        return self.mail

    def as_bytes(self) -> bytes:
        """See Sendable; the boundary is made of the Message-ID, so it is the same each time."""
        raw = self.mail.as_bytes()
        if not self.attachments:
            return raw
        head, _, body = raw.partition(b"\r\n\r\n")
        outer, inner = _parted(head)
        local = re.sub(r"[^A-Za-z0-9]", "", self.message_id)[:40]
        mark = f"=_files_{local}".encode()
        outer.append(b'Content-Type: multipart/mixed; boundary="%s"' % mark)
        pieces = [b"\r\n".join(outer), b"", b"--" + mark, b"\r\n".join(inner), b"", body]
        for attachment in self.attachments:
            pieces += [b"--" + mark, *_file(attachment)]
        return b"\r\n".join([*pieces, b"--" + mark + b"--", b""])


def words_of(raw: bytes) -> Words:
    """What somebody wrote; never raises, and what cannot be read is left out."""
    whole = Part.of(raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
    head = dict(reversed(fields(whole.head)))
    name, address = mailbox_of(head.get("from", ""))
    text = html = ""
    files: list[Attachment] = []
    room = MAX_OCTETS
    is_cut = False
    for part in _leaves(whole):
        given = _name_of(part)
        if part.kind == "text/plain" and not given and not text:
            text = _text_of(part)
        elif part.kind == "text/html" and not given and not html:
            html = _text_of(part)
        else:
            content = _octets(part)
            is_cut = is_cut or len(content) > room
            if len(content) <= room:
                files.append(Attachment(given or _called(part.kind), part.kind, content))
                room -= len(content)
    return Words(
        name=_plain(_decoded(name))[:100],
        address=address,
        subject=_plain(_decoded(head.get("subject", "")))[:250],
        text=text,
        html=html,
        attachments=tuple(files),
        is_cut=is_cut,
    )


def mailbox_of(value: str) -> tuple[str, str]:
    """Name and address of one mailbox, as written; "" for what is not there.

    Python's own reading follows comments in comments until its stack is used up.
    """
    value = value[:_HEADING]
    found = _ANGLES.search(value)
    if found is None:
        return "", next((word for word in value.split() if "@" in word), "").strip(",;()")
    return value[: found.start()].strip(' "'), found[1]


def forwarded(words: Words, mail: Mail) -> Forwarded:
    """The words in the given mail's heading."""
    note = "\n\n[Files that were too large were left behind.]\n" if words.is_cut else ""
    text = words.text or ("" if words.html else "(no text)")
    filled = replace(mail, text=(text or "(see the HTML part)") + note, html=words.html)
    return Forwarded(filled, words.attachments)


def _leaves(whole: Part) -> Iterator[Part]:
    return (part for part in opened(whole) if not part.kind.startswith("multipart/"))


def _told(part: Part) -> Message:
    """Its Content- fields, for Python's reading of parameters."""
    told = Message()
    for name, value in fields(part.head):
        if name in {"content-type", "content-disposition"} and name not in told:
            told[name] = value
    return told


def _name_of(part: Part) -> str:
    try:
        name = _told(part).get_filename() or ""
    except (ValueError, LookupError):
        return ""
    return re.sub(r'[\\/:"]', "_", _plain(_decoded(name)))[:100]


def _called(kind: str) -> str:
    return "message.eml" if kind.startswith("message/") else "file"


def _text_of(part: Part) -> str:
    try:
        charset = str(_told(part).get_content_charset("utf-8"))
        text = _octets(part)[:_TEXT_OCTETS].decode(charset, "replace")
    except (ValueError, LookupError):
        text = _octets(part)[:_TEXT_OCTETS].decode("utf-8", "replace")
    return "".join(c for c in text.replace("\r\n", "\n") if c >= " " or c in "\n\t")


def _octets(part: Part) -> bytes:
    """Without its transfer encoding, every octet as it was sent; as it stands if that is broken."""
    said = dict(reversed(fields(part.head)))
    coding = said.get("content-transfer-encoding", "").strip().lower()
    if coding == "base64":
        try:
            return binascii.a2b_base64(part.body)
        except binascii.Error:
            return part.body
    return quopri.decodestring(part.body) if coding == "quoted-printable" else part.body


def _decoded(value: str) -> str:
    try:
        return str(make_header(decode_header(value)))
    except (ValueError, LookupError):
        return value


def _plain(value: str) -> str:
    return "".join(c for c in " ".join(value.split()) if c.isprintable())


def _parted(head: bytes) -> tuple[list[bytes], list[bytes]]:
    """Folded lines of the mail's own heading, and those that speak of its body."""
    outer: list[bytes] = []
    inner: list[bytes] = []
    into = outer
    for line in head.split(b"\r\n"):
        if line[:1] not in (b" ", b"\t"):
            into = inner if line[:8].lower() == b"content-" and b"language" not in line else outer
        into.append(line)
    return outer, inner


def _file(attachment: Attachment) -> Sequence[bytes]:
    """A message in a message is a file too: RFC 2046 forbids base64 for its own kind."""
    is_odd = attachment.kind.startswith(("message/", "multipart/"))
    kind = attachment.kind if _KIND.fullmatch(attachment.kind) and not is_odd else None
    coded = binascii.b2a_base64(attachment.content, newline=False)
    lines = [coded[at : at + 76] for at in range(0, len(coded), 76)]
    name = encode_rfc2231(attachment.name, "utf-8").encode("ascii")
    return [
        b"Content-Type: " + (kind or "application/octet-stream").encode(),
        b"Content-Transfer-Encoding: base64",
        b"Content-Disposition: attachment;\r\n filename*=" + name,
        b"",
        *lines,
    ]
