"""What members send with their claims: small letters, scans and photographs that every program opens."""

import asyncio
import hashlib
import struct
import zlib

from backoffice.kernel.files.storage import Storage
from backoffice.shield.claim.documents import NewDocument
from backoffice.shield.claim.rules import recognised

SETS = 60
"""How many of each kind there are."""
SHEET = (60, 84)
"""Width and height of pictures."""
BRIGHTNESS, NO_CHANGE = "01" + "1001000" + "0", "00" + "0"
"""The blocks of a JPEG: the first says how bright it is (72 above the middle), the others that they are the same."""


async def keep_papers(files: Storage) -> list[NewDocument]:
    """Every paper of the demo, kept and recognised as an upload is."""
    drawn = [
        (kind, f"{kind.replace('_', '-')}-{number}.{ending}", draw(number))
        for number in range(1, SETS + 1)
        for kind, ending, draw in (
            ("termination_letter", "pdf", letter),
            ("pay_slip", "png", scan),
            ("identity_card", "jpg", photograph),
        )
    ]
    return await asyncio.gather(*(_keep(files, *one) for one in drawn))


async def _keep(files: Storage, kind: str, filename: str, content: bytes) -> NewDocument:
    content_type = recognised(content)
    file_id = await files.keep(content, content_type)
    return NewDocument(kind, filename, content_type, len(content), hashlib.sha256(content).digest(), file_id)


def letter(number: int) -> bytes:
    """A page of PDF on which an employer confirms the end of the work."""
    text = b"BT /F1 14 Tf 72 720 Td (Letter %d: the employment has ended.) Tj ET" % number
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
    )
    page, places = b"%PDF-1.4\n", []
    for name, content in enumerate(objects, 1):
        places.append(len(page))
        page += b"%d 0 obj\n%s\nendobj\n" % (name, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(page))
    return page + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + trailer


def scan(number: int) -> bytes:
    """A grey PNG with lines where a form has them; a mark in the corner differs from scan to scan."""
    width, height = SHEET
    lines = [bytearray(b"\x00" + (b"\xb0" if row % 9 == 4 else b"\xf4") * width) for row in range(height)]
    lines[1][1:9] = struct.pack(">Q", number)
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = (b"IHDR", head), (b"IDAT", zlib.compress(b"".join(lines))), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in parts)


def photograph(number: int) -> bytes:
    """A JPEG of a blank sheet in even light, with its number in the comment."""
    width, height = SHEET
    blocks = -(-width // 8) * -(-height // 8)
    bits = BRIGHTNESS + NO_CHANGE * (blocks - 1)
    bits += "1" * (-len(bits) % 8)
    return b"".join(
        (
            b"\xff\xd8",
            _segment(0xE0, b"JFIF\x00" + struct.pack(">HBHHBB", 0x0101, 0, 1, 1, 0, 0)),
            _segment(0xFE, str(number).encode()),
            _segment(0xDB, b"\x00" + b"\x08" * 64),
            _segment(0xC0, struct.pack(">BHHBBBB", 8, height, width, 1, 1, 0x11, 0)),
            _segment(0xC4, b"\x00" + bytes((0, 2)) + bytes(14) + bytes((0, 7))),
            _segment(0xC4, b"\x10" + bytes((1,)) + bytes(15) + bytes((0,))),
            _segment(0xDA, bytes((1, 1, 0, 0, 63, 0))),
            int(bits, 2).to_bytes(len(bits) // 8, "big"),
            b"\xff\xd9",
        )
    )


def _segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
