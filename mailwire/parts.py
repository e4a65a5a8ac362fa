"""The parts of a MIME message, opened to a limited depth. Never raises on what others wrote.

Python's parser follows parts as deep as they go; 2,000 levels in a mail of 100 KB are an attack.
"""

import binascii
import quopri
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

DEPTH = 5
MANY = 50
_HEAD_OCTETS = 64 * 1024


@dataclass(frozen=True)
class Part:
    """Head and body of one part, lines ended by a bare line feed."""

    head: bytes
    body: bytes
    kind: str  # "text/plain"
    boundary: bytes

    @classmethod
    def of(cls, raw: bytes) -> "Part":
        """A part from its octets; without a usable Content-Type it is plain text."""
        head, _, body = (b"\n" + raw).partition(b"\n\n")
        head = head.lstrip(b"\n")[:_HEAD_OCTETS]
        told = Message()
        said = fields(head)
        told["Content-Type"] = next((v for n, v in said if n == "content-type"), "text/plain")
        try:
            boundary = told.get_boundary() or ""
        except (ValueError, LookupError):
            boundary = ""  # RFC 2231 parameters in a character set that does not exist
        return cls(head, body, told.get_content_type(), boundary.encode("utf-8", "replace"))

    def content(self) -> bytes:
        """The body without its transfer encoding; as it stands if that is broken."""
        coding = next(
            (v.strip().lower() for n, v in fields(self.head) if n == "content-transfer-encoding"),
            "",
        )
        if coding == "base64":
            try:
                return binascii.a2b_base64(self.body).replace(b"\r\n", b"\n")
            except binascii.Error:
                return self.body
        return quopri.decodestring(self.body) if coding == "quoted-printable" else self.body

    def text(self, most: int) -> str:
        """The first `most` octets of the content as text; what is not UTF-8 is replaced."""
        return self.content()[:most].decode("utf-8", "replace")


def fields(block: bytes) -> list[tuple[str, str]]:
    """Header lines as (lower-case name, unfolded value), in order; other lines are left out."""
    found: list[tuple[str, str]] = []
    for line in block.decode("utf-8", "replace").split("\n"):
        if line[:1] in (" ", "\t") and found:
            name, value = found[-1]
            found[-1] = (name, f"{value} {line.strip()}".strip())
            continue
        name, colon, value = line.partition(":")
        if colon and name and " " not in name.strip():
            found.append((name.strip().lower(), value.strip()))
    return found


def opened(part: Part, depth: int = 0) -> Iterator[Part]:
    """The part, and the parts in it, first come first; a message in a message stays closed."""
    yield part
    if depth == DEPTH or not part.kind.startswith("multipart/") or not part.boundary:
        return
    for inner in _split(part.body, part.boundary):
        yield from opened(Part.of(inner), depth + 1)


def _split(body: bytes, boundary: bytes) -> Iterator[bytes]:
    """RFC 2046 5.1.1; a boundary in another letter case is accepted, some gateways change it."""
    mark = b"--" + boundary.lower()
    lines: list[bytes] | None = None
    many = 0
    for line in body.split(b"\n"):
        if line[: len(mark)].lower() == mark and line[len(mark) :].strip() in (b"", b"--"):
            if lines is not None:
                yield b"\n".join(lines)
                many += 1
            if many == MANY or line.strip().lower() == mark + b"--":
                return
            lines = []
        elif lines is not None:
            lines.append(line)
    if lines:
        yield b"\n".join(lines)
