"""Pictures that strangers send, drawn anew: what is kept has none of their bytes, and none of what hides there.

drawn = draw_anew(content)
file_id = await files.keep(drawn.content, drawn.content_type)
thumbnail_id = await files.keep(drawn.thumbnail, drawn.content_type)

Where it was taken, with what, and whatever else a file carries beside its points is gone; it stands upright.
"""

from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from backoffice.kernel.errors import Invalid

READ = {"JPEG": "image/jpeg", "PNG": "image/png"}
MOST_POINTS = 50_000_000
LONGEST_SIDE, THUMBNAIL_SIDE = 2560, 320
QUALITY = 85
BROKEN = (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError)
"""What Pillow says of a file that is none of these, ends too soon, or holds nonsense."""


class NotAPicture(Invalid):
    """This is no JPEG or PNG picture of at most 50 million points"""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture and a small one of it, both of this type."""

    content: bytes = field(repr=False)
    thumbnail: bytes = field(repr=False)
    content_type: str


def draw_anew(content: bytes) -> Drawn:
    """The picture in these bytes, no side longer than 2,560 points, and one to show in lists. NotAPicture.

    It takes a moment and much memory: call it in a thread, one at a time.
    """
    try:
        with Image.open(BytesIO(content), formats=[*READ]) as sent:
            kind = sent.format or ""
            if sent.width * sent.height > MOST_POINTS:
                raise NotAPicture
            sent.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(sent)
            large = upright.convert("RGB" if kind == "JPEG" else "RGBA")
    except BROKEN as exc:
        raise NotAPicture from exc
    large.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    small = large.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return Drawn(_written(large, kind), _written(small, kind), READ[kind])


def _written(picture: Image.Image, kind: str) -> bytes:
    """From the points alone: what else the file carried is not handed on."""
    bare = Image.new(picture.mode, picture.size)
    bare.paste(picture)
    into = BytesIO()
    bare.save(into, kind, optimize=True, **({"quality": QUALITY} if kind == "JPEG" else {}))
    return into.getvalue()
