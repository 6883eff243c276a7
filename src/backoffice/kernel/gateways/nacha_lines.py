"""From the bytes that came to records of 94 characters, whatever mail gateways and other systems did on the way.

Blanks at the end, marks at the beginning, ends of lines and fillings with nines say nothing: they come in any form.
"""

import re

from backoffice.kernel.gateways.nacha import RECORD_LENGTH

LARGEST_BYTES = 50_000_000
MARKS = "\ufeff\x1a\x00 \t\f"
"""A byte order mark, the Ctrl-Z that old systems end a file with, NULs of a fixed block, blanks."""
BOTH_ENDS = re.compile(rb"\r\n|\r|\n")
WIDE = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def records_in(content: bytes | str) -> list[str]:
    """The records in their order, without empty lines and fillings. A longer one than 94 characters stays as it is."""
    lines = BOTH_ENDS.split(_as_bytes(content))
    records = [record for line in lines for record in _cut(_text(line).strip(MARKS).replace("\0", " "))]
    return [record for record in records if set(record.rstrip()) != {"9"}]


def _as_bytes(content: bytes | str) -> bytes:
    if isinstance(content, str):
        return content.encode("utf-8", "replace")
    wide = next((name for mark, name in WIDE if content.startswith(mark)), None)
    return content.decode(wide, "replace").encode() if wide else content


def _text(line: bytes) -> str:
    """In UTF-8 where that has the width of a record, or was not meant otherwise; else letter for byte."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")
    byte_for_letter = len(line.rstrip()) == RECORD_LENGTH and len(text.rstrip()) != RECORD_LENGTH
    return line.decode("latin-1") if byte_for_letter else text


def _cut(line: str) -> list[str]:
    """A line as records: none when it is empty, several when a whole file stands in one line."""
    if not line:
        return []
    if line.startswith("1") and len(line) > RECORD_LENGTH + 1:
        pieces = [line[at : at + RECORD_LENGTH] for at in range(0, len(line), RECORD_LENGTH)]
        return [piece.ljust(RECORD_LENGTH) for piece in pieces if piece.strip()]
    return [line.ljust(RECORD_LENGTH)]
