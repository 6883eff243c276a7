"""Pictures that strangers send, drawn anew: what is kept has none of their bytes, and none of what hides there.

drawn = draw_anew(content)
file_id = await files.keep(drawn.content, drawn.content_type)
thumbnail_id = await files.keep(drawn.thumbnail, drawn.content_type)

Where it was taken, with what, and whatever else a file carries beside its points is gone; it stands upright.
"""

from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image
from PIL.Image import Transpose

from backoffice.kernel.errors import Invalid

READ = {"JPEG": "image/jpeg", "PNG": "image/png"}
MOST_POINTS, MOST_ON_A_SIDE = 50_000_000, 30_000
"""A line of points costs memory of its own, however short it is."""
LONGEST_SIDE, THUMBNAIL_SIDE = 2560, 320
QUALITY = 85
ORIENTATION = 0x0112
TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
"""What sets a picture upright, by how its camera was held."""


class NotAPicture(Invalid):
    """This is no JPEG or PNG picture of at most 50 million points, 30 thousand on a side"""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture and a small one of it, both of this type."""

    content: bytes = field(repr=False)
    thumbnail: bytes = field(repr=False)
    content_type: str


def draw_anew(content: bytes) -> Drawn:
    """The picture in these bytes, no side longer than 2,560 points, and one to show in lists. NotAPicture.

    It takes a moment and up to 500 MB: call it in a thread, one at a time. Whatever a decoder says of nonsense, and it
    says it in many ways, the file is no picture.
    """
    try:
        with Image.open(BytesIO(content), formats=[*READ]) as sent:
            kind = sent.format or ""
            if sent.width * sent.height > MOST_POINTS or max(sent.size) > MOST_ON_A_SIDE:
                raise NotAPicture
            sent.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            turn = _turn_of(sent)
            large = _small_enough(sent, "RGB" if kind == "JPEG" else "RGBA")
    except NotAPicture:
        raise
    except Exception as exc:
        raise NotAPicture from exc
    if turn is not None:
        large = large.transpose(turn)
    small = large.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return Drawn(_written(large, kind), _written(small, kind), READ[kind])


def _turn_of(sent: Image.Image) -> Transpose | None:
    """How it is set upright; what is crooked among the facts of the file doesn't make its points worse."""
    try:
        return TURNS.get(sent.getexif()[ORIENTATION])
    except Exception:
        return None


def _small_enough(sent: Image.Image, mode: str) -> Image.Image:
    """Made smaller before anything is copied of it: a copy of 50 million points takes 200 MB."""
    picture: Image.Image = sent if sent.mode == mode else sent.convert(mode)
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return picture.copy()


def _written(picture: Image.Image, kind: str) -> bytes:
    """From the points alone: what else the file carried is not handed on."""
    bare = Image.new(picture.mode, picture.size)
    bare.paste(picture)
    into = BytesIO()
    bare.save(into, kind, optimize=True, **({"quality": QUALITY} if kind == "JPEG" else {}))
    return into.getvalue()
