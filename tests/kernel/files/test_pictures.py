"""A picture that somebody sent is drawn anew: its points stay, everything else of the file is gone."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from backoffice.kernel.files.pictures import (
    LONGEST_SIDE,
    MOST_ON_A_SIDE,
    MOST_POINTS,
    THUMBNAIL_SIDE,
    NotAPicture,
    draw_anew,
)

ORIENTATION, TURNED_RIGHT = 0x0112, 6
X_RESOLUTION, RATIONAL, TEXT = 0x011A, 5, 2
CANARY = b"canary"


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), **more: object) -> bytes:
    """Left half red, right half blue."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    into = BytesIO()
    image.save(into, kind, **more)  # type: ignore[arg-type]
    return into.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


@pytest.mark.parametrize(("kind", "content_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png")])
def test_a_picture_stays_what_it_shows_and_is_of_its_type(kind: str, content_type: str) -> None:
    drawn = draw_anew(picture(kind))

    shown = opened(drawn.content).convert("RGB")
    assert (drawn.content_type, opened(drawn.content).format, shown.size) == (content_type, kind, (60, 40))
    (red, _, _), (_, _, blue) = shown.getpixel((5, 20)), shown.getpixel((55, 20))  # type: ignore[misc]
    assert red > 200
    assert blue > 200


def test_what_the_file_carries_beside_its_points_is_not_handed_on() -> None:
    exif = Image.Exif()
    exif[0x010E] = CANARY.decode()
    content = picture(exif=exif, comment=CANARY) + CANARY

    drawn = draw_anew(content)

    assert CANARY in content
    assert CANARY not in drawn.content + drawn.thumbnail
    assert dict(opened(drawn.content).getexif()) == {}


def test_a_picture_taken_sideways_stands_upright() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = TURNED_RIGHT

    drawn = draw_anew(picture(exif=exif))

    assert opened(drawn.content).size == (40, 60)


def test_a_large_picture_is_made_smaller_and_its_thumbnail_small() -> None:
    drawn = draw_anew(picture(size=(4000, 2000)))

    assert opened(drawn.content).size == (LONGEST_SIDE, LONGEST_SIDE // 2)
    assert opened(drawn.thumbnail).size == (THUMBNAIL_SIDE, THUMBNAIL_SIDE // 2)


def test_a_picture_that_is_all_length_is_refused() -> None:
    with pytest.raises(NotAPicture):
        draw_anew(picture("PNG", (2, MOST_ON_A_SIDE + 1)))


def test_what_is_crooked_beside_the_points_does_not_keep_a_picture_from_being_drawn() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = TURNED_RIGHT
    exif[X_RESOLUTION] = 72.0
    content = picture(exif=exif)
    crooked = content.replace(struct.pack(">HH", X_RESOLUTION, RATIONAL), struct.pack(">HH", X_RESOLUTION, TEXT))
    assert crooked != content

    assert opened(draw_anew(crooked).content).format == "JPEG"


def test_a_few_bytes_that_claim_millions_of_points_are_refused_before_they_are_drawn() -> None:
    side = int(MOST_POINTS**0.5) + 1
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(head)) + chunk + struct.pack(">I", zlib.crc32(chunk))

    with pytest.raises(NotAPicture):
        draw_anew(bomb + picture("PNG")[33:])


NONSENSE = {
    "nothing": b"",
    "text": b"<svg onload=alert(1)>",
    "the beginning of a JPEG": b"\xff\xd8\xff\xe0" + b"\x00" * 50,
    "half a PNG": picture("PNG", (600, 400))[:200],
    "half a JPEG": picture("JPEG", (600, 400))[:700],
    "a GIF": picture("GIF"),
    "a TIFF": picture("TIFF"),
}


@pytest.mark.parametrize("content", NONSENSE.values(), ids=NONSENSE)
def test_what_is_no_jpeg_or_png_is_refused(content: bytes) -> None:
    with pytest.raises(NotAPicture):
        draw_anew(content)
