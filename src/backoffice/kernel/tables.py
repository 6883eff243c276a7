"""Tables that people upload: CSV as spreadsheets of any country write it, and Excel. Rows come one by one, bounded.

An Excel file can claim a million rows, a cell at its last corner, or gigabytes in a few bytes: none of it is unfolded.
"""

import contextlib
import csv
import io
import re
import zipfile
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import IO, Any
from xml.parsers.expat import ExpatError, ParserCreate, XMLParserType

from backoffice.kernel.errors import BadInput

MOST_ROWS = 20_000
MOST_COLUMNS = 256
MOST_PARTS = 2_000
LARGEST_UNPACKED_BYTES = 64_000_000
MOST_ELEMENTS = 1_500_000
MOST_ELEMENTS_AT_ONCE = 300_000
"""Elements in a part of an Excel file, and in what is held at once: a row, or all of a part that has none."""
MOST_ATTRIBUTES = 1_000
LONGEST_TAG_BYTES = 128 * 1024
"""Of one element. The parser holds it whole, and the time it takes grows with the square of its attributes."""
READ_AT_ONCE = 64 * 1024
ROW_OF = {"worksheet": "row", "sst": "si"}
SEPARATORS = (",", ";", "\t", "|")
QUOTED = re.compile(r'"(?:[^"]|"")*"')
SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.ASCII | re.IGNORECASE)
FIRST_LINES = 5
BEGINNING = 20_000
LEAST_LOST_DIGITS = 6
"""Excel shows six digits of a long number: one that ends in as many zeros came back from there without its others."""
NOT_CSV = "file: This is not a CSV file"
NOT_EXCEL = "file: This is not an Excel file (.xlsx)"
TOO_LARGE = "file: This Excel file is too large"

READER = ThreadPoolExecutor(1, "tables")
"""Uploads are read one at a time in a process, so that several large ones take no more memory than one."""


def text_of(content: bytes) -> str:
    """The characters of a text file: UTF-8, UTF-16 as Excel saves "Unicode text", or Latin-1, marked or not."""
    if content.startswith(BOM_UTF8):
        return _decoded(content, "utf-8-sig")
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return _decoded(content, "utf-16")
    if content[1:2] == b"\x00":
        return _decoded(content, "utf-16-le")
    if content[:1] == b"\x00":
        return _decoded(content, "utf-16-be")
    for encoding in ("utf-8", "cp1252"):
        try:
            return _readable(content.decode(encoding))
        except UnicodeDecodeError:
            continue
    return _readable(content.decode("latin-1"))


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return _readable(content.decode(encoding))
    except UnicodeDecodeError as error:
        raise BadInput(summary=NOT_CSV) from error


def _readable(text: str) -> str:
    """A text file may end in the Ctrl-Z of old systems; the character NUL says that it is none."""
    if "\x00" in text:
        raise BadInput(summary=NOT_CSV)
    return text.rstrip("\x1a")


def split_off(text: str) -> tuple[str, str]:
    """The separator of a CSV text, and the text without Excel's own line that names it. Quoted parts don't count."""
    named = SEPARATOR_LINE.match(text)
    if named:
        return named[1], text[named.end() :]
    beginning = QUOTED.sub("", text[:BEGINNING])
    lines = [line for line in beginning.splitlines() if line.strip(" ")][:FIRST_LINES] or [""]

    def weight(mark: str) -> tuple[int, int]:
        counts = [line.count(mark) for line in lines]
        return min(counts), counts[0]

    return max(SEPARATORS, key=weight), text


def csv_rows(content: bytes) -> Iterator[list[str]]:
    """The rows of a CSV file, cells trimmed."""
    separator, text = split_off(text_of(content))
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator), 1):
            _check_row(number)
            yield [cell.strip() for cell in row[:MOST_COLUMNS]]
    except csv.Error as error:
        raise BadInput(summary=NOT_CSV) from error


def excel_rows(content: bytes) -> Iterator[list[str]]:
    """The rows of an Excel file's first sheet as people see them; gaps between rows are passed over."""
    import openpyxl  # noqa: PLC0415 - 12 MB that most processes never need

    _refuse_bomb(content)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        last, present = None, 0
        for row in sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True):
            if row is last:
                continue
            last, present = row, present + 1
            _check_row(present)
            yield [_shown(cell) for cell in row]
    except BadInput:
        raise
    except Exception as error:  # openpyxl raises whatever it stumbles over in a damaged file
        raise BadInput(summary=NOT_EXCEL) from error


def _check_row(number: int) -> None:
    if number > MOST_ROWS:
        raise BadInput(summary=f"file: More than {MOST_ROWS} rows")


def _shown(cell: Any) -> str:
    """A number without its .0, and one that has lost its last digits as Excel shows it: 9.19E+11."""
    if isinstance(cell, int | float) and not isinstance(cell, bool) and cell == cell // 1:
        number = Decimal(int(cell)).normalize()
        exponent = number.as_tuple().exponent
        return f"{number:E}" if isinstance(exponent, int) and exponent >= LEAST_LOST_DIGITS else str(int(cell))
    return "" if cell is None else str(cell).replace("\x00", "").strip()


def _refuse_bomb(content: bytes) -> None:
    """A small archive may unpack to more than our memory; its directory says so beforehand, and binds whoever reads.

    So may 60 kB of empty cells: openpyxl holds a row as a whole, at hundreds of bytes for each.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED_BYTES:
                raise BadInput(summary=TOO_LARGE)
            for part in parts:
                with archive.open(part) as stream:
                    _refuse_many_elements(stream)
    except BadInput:
        raise
    except Exception as error:  # a damaged archive raises whatever its compression stumbles over
        raise BadInput(summary=NOT_EXCEL) from error


def _refuse_many_elements(part: IO[bytes]) -> None:
    """Count without keeping anything. What is no XML is left to whoever reads it: nobody can."""
    parser = ParserCreate(namespace_separator=" ")
    count = begun = spaces = 0
    row = ""

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count, begun, row
        if not count:
            space, _, root = name.rpartition(" ")
            row = f"{space} {ROW_OF.get(root, '')}".lstrip()
        elif name == row:
            begun = count
        count += 1
        too_many = count > MOST_ELEMENTS or count - begun > MOST_ELEMENTS_AT_ONCE
        if too_many or len(attributes) > MOST_ATTRIBUTES:
            raise BadInput(summary=TOO_LARGE)

    def declare(*_: object) -> None:
        nonlocal spaces
        spaces += 1
        if spaces > MOST_ATTRIBUTES:
            raise BadInput(summary=TOO_LARGE)

    def refuse(*_: object) -> None:
        raise BadInput(summary=NOT_EXCEL)

    parser.StartElementHandler = start
    parser.StartNamespaceDeclHandler = declare
    parser.StartDoctypeDeclHandler = refuse
    with contextlib.suppress(ExpatError):
        _parse_in_pieces(parser, part)


def _parse_in_pieces(parser: XMLParserType, part: IO[bytes]) -> None:
    """Stops where the parser doesn't get past the beginning of something that has gone on for too long."""
    read = 0
    while piece := part.read(READ_AT_ONCE):
        parser.Parse(piece)
        read += len(piece)
        if read - parser.CurrentByteIndex > LONGEST_TAG_BYTES + READ_AT_ONCE:
            raise BadInput(summary=TOO_LARGE)
    parser.Parse(b"", True)
