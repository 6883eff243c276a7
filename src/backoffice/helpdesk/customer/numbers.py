"""Phone numbers as staff write them, and files of numbers: one column of a CSV or Excel file. Pure.

A number without its country code is read as one of the house's own country first.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from backoffice.kernel.errors import BadInput
from backoffice.kernel.phones import find_number

LONGEST_WRITTEN = 40
MOST_NUMBERS = 10_000
LARGEST_UNPACKED_BYTES = 100_000_000
HEADERS = frozenset({"phone", "phone_number", "phone number", "phonenumber", "mobile", "number", "whatsapp"})
SAMPLE_CSV = "phone_number\n919876543210\n+91 98765 43211\n"

Cells = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Numbers:
    """Each number once, in E.164, in the order given; `unreadable` as written."""

    phones: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)


def read_numbers(written: Iterable[str], *, country: str) -> Numbers:
    """What was written, sorted into numbers, repetitions and what is no number."""
    numbers = Numbers()
    seen: set[str] = set()
    for one in written:
        phone = find_number(one, country=country)
        if phone is None:
            numbers.unreadable.append(one)
        elif phone in seen:
            numbers.repeated.append(one)
        else:
            seen.add(phone)
            numbers.phones.append(phone)
    return numbers


def read_file(filename: str, content: bytes) -> list[str]:
    """The numbers in a CSV or Excel file as written: the column headed phone or phone_number, else the first."""
    kind = filename.rpartition(".")[2].lower()
    if kind == "csv":
        rows = _csv_rows(content)
    elif kind == "xlsx":
        rows = _xlsx_rows(content)
    else:
        raise BadInput(summary="file: Send a .csv or .xlsx file")
    written = list(_numbers_in(rows))
    if not written:
        raise BadInput(summary="file: No phone numbers found")
    return written


def _numbers_in(rows: Iterator[Cells]) -> Iterator[str]:
    column = None
    count = 0
    for row in rows:
        if not any(row):
            continue
        if column is None:
            headed = _headed_column(row)
            column = headed or 0
            if headed is not None:
                continue
        text = _text(row[column]) if column < len(row) else ""
        if not text:
            continue
        count += 1
        if count > MOST_NUMBERS:
            raise BadInput(summary=f"file: More than {MOST_NUMBERS} phone numbers")
        yield text[:LONGEST_WRITTEN]


def _headed_column(row: Cells) -> int | None:
    """Where the first row names the numbers' column; None when it already holds data."""
    names = [_text(cell).lower() for cell in row]
    return next((place for place, name in enumerate(names) if name in HEADERS), None)


def _text(cell: Any) -> str:
    """A cell as people see it: Excel keeps a number typed as digits as 919876543210.0."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).replace("\x00", "").strip()


def _csv_rows(content: bytes) -> Iterator[Cells]:
    try:
        text = content.decode("utf-8-sig")
        first = text.partition("\n")[0]
        delimiter = next((mark for mark in (",", ";", "\t") if mark in first), ",")
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(summary="file: This is not a CSV file in UTF-8") from error


def _xlsx_rows(content: bytes) -> Iterator[Cells]:
    import openpyxl  # noqa: PLC0415 - 12 MB that most processes never need

    _refuse_bomb(content)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        yield from sheet.iter_rows(values_only=True)
    except Exception as error:  # openpyxl raises whatever it stumbles over in a damaged file
        raise BadInput(summary="file: This is not an Excel file (.xlsx)") from error


def _refuse_bomb(content: bytes) -> None:
    """A small archive may unpack to more than our memory; its directory says so beforehand."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise BadInput(summary="file: This is not an Excel file (.xlsx)") from error
    if size > LARGEST_UNPACKED_BYTES:
        raise BadInput(summary="file: This Excel file is too large")
