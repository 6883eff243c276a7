"""How rows are written: CSV, Excel, JSON lines. Times are RFC 3339 in UTC, as answers show them.

In a spreadsheet a cell that would be computed gets an apostrophe before it (OWASP, "CSV injection"). Excel keeps
fifteen digits of a number and 32,767 characters of a text: longer numbers are written as text, longer texts refused.
"""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, Protocol
from uuid import UUID

import orjson

from backoffice.kernel.errors import Invalid

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What makes a spreadsheet compute a cell instead of showing it, in any of its widths."""
FORMULA_INSIDE = re.compile(r"((?:;|(?<!^)[\t\r\n])[^\S\t\r\n]*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
"""Where a spreadsheet begins another cell in a text, if it takes semicolons, tabs or all line ends for separators."""
JSON = orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS
MOST_ROWS_OF_A_SHEET = 1_048_576
LONGEST_EXCEL_TEXT = 32_767
LARGEST_EXCEL_NUMBER = 10**15
NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

Cells = Sequence[Any]
"""One row: text, numbers, booleans, times, ids, lists, None."""


class Format(StrEnum):
    """`json` is JSON lines: an object on each line."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"

    @property
    def ending(self) -> str:
        return "jsonl" if self is Format.JSON else self.value

    @property
    def content_type(self) -> str:
        return CONTENT_TYPES[self]


CONTENT_TYPES = {
    Format.CSV: "text/csv",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.JSON: "application/x-ndjson",
}


class TextTooLong(Invalid):
    """A text has more characters than a cell of Excel holds ({most}): choose csv or json"""

    most: int


class Writer(Protocol):
    """Writes to a file. Whoever does not `end` it abandons it, so that nothing else is left."""

    def write(self, rows: Iterable[Cells]) -> None: ...
    def end(self) -> None: ...
    def abandon(self) -> None: ...


def writer_of(form: Format, sink: IO[bytes], *, columns: Sequence[str], with_mark: bool = False) -> Writer:
    """The writer of a format. `with_mark` begins a CSV with the mark by which Excel knows that it is UTF-8."""
    if form is Format.XLSX:
        return ExcelWriter(sink, columns)
    return JsonWriter(sink, columns) if form is Format.JSON else CsvWriter(sink, columns, with_mark=with_mark)


def neutral(text: str) -> str:
    """The text as a cell that is shown, never computed."""
    if text[:1].isalnum():
        return text
    first = unicodedata.normalize("NFKC", text.lstrip(" ")[:1])
    return f"'{text}" if first.startswith(FORMULA) else text


def cell_of(value: Any) -> str | int | float | bool | None:
    """A value as a spreadsheet holds it."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return neutral(str(value))
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    return neutral(str(value) if isinstance(value, UUID) else orjson.dumps(value, option=JSON).decode())


class CsvWriter:
    """RFC 4180, UTF-8. Excel opens it with semicolons between cells where a comma stands in numbers."""

    def __init__(self, sink: IO[bytes], columns: Sequence[str], *, with_mark: bool) -> None:
        if with_mark:
            sink.write(codecs.BOM_UTF8)
        self._sink = sink
        self.write([columns])

    def write(self, rows: Iterable[Cells]) -> None:
        page = io.StringIO()
        csv.writer(page).writerows([_word(value) for value in row] for row in rows)
        self._sink.write(page.getvalue().encode())

    def end(self) -> None:
        """Every line is written."""

    def abandon(self) -> None:
        """There is nothing beside the file."""


def _word(value: Any) -> str | int | float | None:
    plain = value if isinstance(value, str) else cell_of(value)
    if isinstance(plain, str):
        return neutral(FORMULA_INSIDE.sub(r"\1'", plain))
    return str(plain).lower() if isinstance(plain, bool) else plain


class JsonWriter:
    """An object on each line."""

    def __init__(self, sink: IO[bytes], columns: Sequence[str]) -> None:
        self._sink = sink
        self._columns = columns

    def write(self, rows: Iterable[Cells]) -> None:
        option = JSON | orjson.OPT_APPEND_NEWLINE
        lines = (dict(zip(self._columns, row, strict=True)) for row in rows)
        self._sink.write(b"".join(orjson.dumps(line, option=option, default=str) for line in lines))

    def end(self) -> None:
        """Every line is written."""

    def abandon(self) -> None:
        """There is nothing beside the file."""


class ExcelWriter:
    """Sheets of as many rows as Excel opens, each with the names of the columns. Nothing of them is held in memory."""

    def __init__(self, sink: IO[bytes], columns: Sequence[str]) -> None:
        from openpyxl import Workbook  # noqa: PLC0415 - 12 MB that most processes never need

        self._sink = sink
        self._columns = list(columns)
        self._book = Workbook(write_only=True)
        self._begin_sheet()

    def _begin_sheet(self) -> None:
        self._sheet: Any = self._book.create_sheet()
        self._sheet.append(self._columns)
        self._rows = 1

    def write(self, rows: Iterable[Cells]) -> None:
        for row in rows:
            if self._rows == MOST_ROWS_OF_A_SHEET:
                self._begin_sheet()
            self._sheet.append([_excel(cell_of(value)) for value in row])
            self._rows += 1

    def end(self) -> None:
        self._book.save(self._sink)

    def abandon(self) -> None:
        """The library keeps each sheet in a file of its own until the book is saved."""
        for sheet in self._book.worksheets:
            writer: Any = getattr(sheet, "_writer", None)
            if writer is not None and Path(writer.out).exists():
                if not sheet.closed:
                    sheet.close()
                writer.cleanup()


def _excel(cell: str | int | float | bool | None) -> str | int | float | bool | None:
    if isinstance(cell, str):
        if len(cell) > LONGEST_EXCEL_TEXT:
            raise TextTooLong(most=LONGEST_EXCEL_TEXT)
        return NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", cell)
    if isinstance(cell, int) and abs(cell) >= LARGEST_EXCEL_NUMBER:
        return str(cell)
    return cell
