"""The account's logo: read, shrunk and written anew as PNG, so that no byte of the file stays."""

import io
import warnings
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from marketing.accounts.auditing import record
from marketing.accounts.models import Account, Logo, Member

LARGEST: Final = (400, 120)
MAX_BYTES: Final = 2_000_000
_MAX_PIXELS: Final = 25_000_000
_FORMATS: Final = ("PNG", "JPEG", "GIF", "WEBP")


class NotAPicture(Exception):
    """The file cannot be used; `text` says why."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def as_png(content: bytes) -> tuple[bytes, int, int]:
    """PNG, width and height of a picture that fits into 400 x 120; raises NotAPicture."""
    if len(content) > MAX_BYTES:
        raise NotAPicture("The file is larger than 2 MB. Choose a smaller one.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            opened = Image.open(io.BytesIO(content), formats=_FORMATS)
            if opened.width * opened.height > _MAX_PIXELS:
                raise NotAPicture("The picture is too large. Choose one of at most 5000 pixels.")
            picture = ImageOps.exif_transpose(opened).convert("RGBA")
    except NotAPicture:
        raise
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Warning) as bad:
        text = "This is not a picture we can read. Choose a PNG, JPEG, GIF or WebP file."
        raise NotAPicture(text) from bad
    picture.thumbnail(LARGEST)
    written = io.BytesIO()
    picture.save(written, "PNG", optimize=True)
    return written.getvalue(), picture.width, picture.height


def logo_of(account: Account) -> Logo | None:
    """The account's logo, if it has one."""
    found: Logo | None = Logo.objects.for_account(account).first()
    return found


def keep_logo(account: Account, picture: tuple[bytes, int, int], *, by: Member) -> None:
    """Store it in place of the one before; one audit line. Call inside `use_account`."""
    png, width, height = picture
    before = logo_of(account)
    Logo.objects.update_or_create(
        account=account, defaults={"png": png, "width": width, "height": height}
    )
    record(
        account,
        by=by,
        act="logo.changed",
        subject="Settings, Mail",
        before=f"{before.width} x {before.height}" if before else "None",
        after=f"{width} x {height}",
    )


def remove_logo(account: Account, *, by: Member) -> None:
    """Forget it; without one nothing happens."""
    deleted, _ = Logo.objects.for_account(account).delete()
    if deleted:
        record(account, by=by, act="logo.removed", subject="Settings, Mail", after="None")
