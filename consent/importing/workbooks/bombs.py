"""Whether a ZIP of XML would unfold to more than a sheet of people can be. Pure.

A few kilobytes can hold a row of ten million cells, or a tag of a million attributes, for each of
which a parser makes an object. Only signs are counted here, none of it is parsed.
"""

import io
import re
from typing import Final
from zipfile import ZipFile

MOST_UNPACKED: Final = 60 << 20
MOST_MEMBERS: Final = 500
MOST_TAGS: Final = 2_500_000  # half a million cells, each with its value
MOST_IN_A_ROW: Final = 200_000  # a row of Excel's has 16,384 cells
LONGEST_TAG: Final = 300_000  # octets; a cell holds 32,767 characters

# A row of a sheet, or one text of the table of texts. No value can hold a "<".
_ROW: Final = re.compile(rb"<(?:[\w.-]{1,50}:)?(?:row|si)[\s/>]")
_BEFORE_XML: Final = b" \t\r\n\0\xef\xbb\xbf\xfe\xff"
_EBCDIC: Final = b"\x4c\x6f\xa7\x94"  # "<?xm" where "<" is another octet


def is_bomb(content: bytes) -> bool:
    """Whether it is not to be unfolded. Raises what zipfile does, KeyError without a workbook.

    Declared sizes are binding: zipfile never unpacks more than a member declares.
    """
    with ZipFile(io.BytesIO(content)) as packed:
        members = packed.infolist()
        if len(members) > MOST_MEMBERS or sum(each.file_size for each in members) > MOST_UNPACKED:
            return True
        packed.getinfo("xl/workbook.xml")
        return any(_is_too_much(packed.read(each)) for each in members)


def _is_too_much(data: bytes) -> bool:
    tags = data.count(b"<")
    if tags > MOST_TAGS or data.startswith(_EBCDIC):
        return True
    if data.lstrip(_BEFORE_XML).startswith(b"<") and _has_long_tag(data):
        return True
    # In a comment, or text that is none of the mark-up, a row would be no row.
    rows = [data] if b"<!" in data else _ROW.split(data)
    return tags > MOST_IN_A_ROW and any(row.count(b"<") > MOST_IN_A_ROW for row in rows)


def _has_long_tag(data: bytes) -> bool:
    """From one "<" to the next; one twice as long has a stretch of ours all to itself."""
    stretches = range(0, len(data) - LONGEST_TAG, LONGEST_TAG)
    return any(data.find(b"<", at, at + LONGEST_TAG) < 0 for at in stretches)
