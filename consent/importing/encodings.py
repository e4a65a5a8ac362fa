"""How the bytes of an uploaded file become letters. Pure; nothing is ever guessed silently."""

import codecs
from dataclasses import dataclass
from typing import BinaryIO, Final

from charset_normalizer import from_bytes

from consent.importing.stopping import Stopped

# Python's name -> the name people and the report see.
NAMES: Final = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "windows-1252": "Windows-1252 (Western Europe)",
    "windows-1250": "Windows-1250 (Central Europe)",
    "windows-1251": "Windows-1251 (Cyrillic)",
    "windows-1253": "Windows-1253 (Greek)",
    "windows-1254": "Windows-1254 (Turkish)",
    "windows-1257": "Windows-1257 (Baltic)",
    "shift_jis": "Shift JIS (Japanese)",
    "gb18030": "GB 18030 (Chinese)",
    "euc-kr": "EUC-KR (Korean)",
}
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_PIECE: Final = 1 << 16


@dataclass(frozen=True)
class Encoding:
    """An encoding the whole file decodes in; `skip` bytes of byte order mark come first."""

    name: str
    known_by: str  # "bom", "valid utf-8" or "confirmed"
    skip: int = 0


def find_encoding(file: BinaryIO, *, confirmed: str = "") -> Encoding:
    """The encoding of the file, or Stopped: no_rows, undecodable, encoding_undecided.

    `confirmed` is what the user said. Reads the file once in pieces and leaves it at its end.
    """
    file.seek(0)
    head = file.read(_PIECE)
    if not head:
        raise Stopped("no_rows")
    for mark, name in _MARKS:
        if head.startswith(mark):
            return _checked(file, Encoding(name, "bom", len(mark)))
    if confirmed:
        return _checked(file, Encoding(confirmed, "confirmed"))
    if wide := _looks_like_utf16(head):
        raise Stopped("encoding_undecided", proposals=[wide])
    try:
        return _checked(file, Encoding("utf-8", "valid utf-8"))
    except Stopped as stopped:
        raise Stopped("encoding_undecided", proposals=_proposals(file), **stopped.details) from None


def readings(file: BinaryIO, proposals: list[str]) -> list[tuple[str, str]]:
    """(encoding, first telling line in it) for each proposal that reads unlike those before it."""
    file.seek(0)
    sample = file.read(_PIECE)
    wide = proposals[0].startswith("utf-16")
    lines = [sample[:200]] if wide else sample.splitlines()
    telling = next((line for line in lines if not line.isascii()), lines[0] if lines else b"")
    by_text: dict[str, str] = {}
    for name in proposals:
        by_text.setdefault(telling[:200].decode(name, "replace"), name)
    return [(name, text) for text, name in by_text.items()]


def _checked(file: BinaryIO, encoding: Encoding) -> Encoding:
    decoder = codecs.getincrementaldecoder(encoding.name)("strict")
    file.seek(encoding.skip)
    position = encoding.skip
    while True:
        held = len(decoder.getstate()[0])
        piece = file.read(_PIECE)
        try:
            decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            raise Stopped("undecodable", byte_offset=position - held + error.start) from None
        if not piece:
            return encoding
        position += len(piece)


def _looks_like_utf16(head: bytes) -> str:
    """Western text in UTF-16 has a NUL in nearly every second byte."""
    pairs = max(len(head) // 2, 1)
    if head[1::2].count(0) > 0.4 * pairs:
        return "utf-16-le"
    if head[0::2].count(0) > 0.4 * pairs:
        return "utf-16-be"
    return ""


def _proposals(file: BinaryIO) -> list[str]:
    file.seek(0)
    best = from_bytes(file.read(_PIECE)).best()
    guess = best.encoding.replace("_", "-").replace("cp125", "windows-125") if best else ""
    return list(
        dict.fromkeys(["windows-1252", *([guess] if guess in NAMES else []), "windows-1251"])
    )
