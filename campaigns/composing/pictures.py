"""Pictures for newsletters: judged by content, re-encoded, served under a name nobody guesses.

What a member uploads is never served as it came: scripts in an SVG, hidden data after the last
pixel and the place where a photo was taken all end here.
"""

import io
import secrets
import warnings
from typing import Any

from django.conf import settings
from PIL import Image, ImageOps, ImageSequence

from campaigns.composing.models import Picture
from marketing.models import Member

LIMIT = 2_000_000  # octets of a file
PIXEL_LIMIT = 40_000_000  # a small file may unfold to gigabytes
WIDTH = 1200  # twice the column of a mail, for screens with small pixels
FRAME_LIMIT = 60
_READ = ("JPEG", "PNG", "GIF", "WEBP")


class NotAPicture(ValueError):
    """A file that can not be used, in words for who chose it."""


def store_picture(content: bytes, *, by: Member) -> Picture:
    """Keep a picture of the member's account; call inside `use_account`. Raises NotAPicture."""
    kind, encoded, size = encoded_picture(content)
    stored: Picture = Picture.objects.create(
        account_id=by.account_id,
        name=secrets.token_urlsafe(18),
        kind=kind,
        content=encoded,
        width=size[0],
        height=size[1],
        uploaded_by=by,
    )
    return stored


def address_of(picture: Picture) -> str:
    """Where mails load it from, for years."""
    path = f"pictures/{picture.account_id}/{picture.name}.{picture.kind}"
    return f"{settings.SITE_URL}/{path}"


def encoded_picture(content: bytes) -> tuple[Picture.Kind, bytes, tuple[int, int]]:
    """The picture as we write it: kind, octets, size. Raises NotAPicture."""
    if len(content) > LIMIT:
        raise NotAPicture(f"The file is larger than {LIMIT // 1_000_000} MB.")
    if b"<svg" in content[:1000].lower():
        raise NotAPicture("SVG is not shown by mail programs. Save it as PNG and choose that.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return _encoded(Image.open(io.BytesIO(content), formats=_READ))
    except NotAPicture:
        raise
    except Exception as broken:  # whatever a decoder says about hostile octets
        raise NotAPicture("This is not a JPEG, PNG, GIF or WebP picture.") from broken


def _encoded(image: Any) -> tuple[Picture.Kind, bytes, tuple[int, int]]:
    if image.width * image.height > PIXEL_LIMIT:
        raise NotAPicture("The picture has too many pixels. Make it smaller and choose it again.")
    if getattr(image, "n_frames", 1) > 1:
        return _moving(image)
    upright = _fitted(ImageOps.exif_transpose(image))
    is_see_through = upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info
    if image.format == "JPEG" or (image.format == "WEBP" and not is_see_through):
        options = {"format": "JPEG", "quality": 85, "optimize": True, "progressive": True}
        return Picture.Kind.JPEG, _written(upright.convert("RGB"), options), upright.size
    mode = "RGBA" if is_see_through else "RGB"
    plain = _written(upright.convert(mode), {"format": "PNG", "optimize": True})
    return Picture.Kind.PNG, plain, upright.size


def _moving(image: Any) -> tuple[Picture.Kind, bytes, tuple[int, int]]:
    if image.n_frames > FRAME_LIMIT or image.n_frames * image.width * image.height > PIXEL_LIMIT:
        raise NotAPicture(f"The picture moves too long; at most {FRAME_LIMIT} frames are possible.")
    frames = [_fitted(frame.convert("RGBA")) for frame in ImageSequence.Iterator(image)]
    options = {
        "format": "GIF",
        "save_all": True,
        "append_images": frames[1:],
        "loop": 0,
        "duration": int(image.info.get("duration", 100)) or 100,
        "disposal": 2,
    }
    return Picture.Kind.GIF, _written(frames[0], options), frames[0].size


def _fitted(image: Any) -> Any:
    if image.width <= WIDTH:
        return image
    if image.mode == "P":
        image = image.convert("RGBA")
    return image.resize((WIDTH, max(1, round(image.height * WIDTH / image.width))))


def _written(image: Any, options: dict[str, Any]) -> bytes:
    clean = image.copy()
    clean.info = {}  # no place, no camera, no comment
    out = io.BytesIO()
    clean.save(out, **options)
    return out.getvalue()
