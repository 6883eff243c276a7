"""Phone numbers as staff write them, and files of numbers: one column of a CSV or Excel file. Pure.

A number without its country code is read as one of the house's own country first.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

from backoffice.helpdesk.customer import headings
from backoffice.kernel.errors import BadInput
from backoffice.kernel.phones import find_number
from backoffice.kernel.tables import csv_rows, excel_rows

LONGEST_WRITTEN = 40
MOST_NUMBERS = 10_000
SAMPLE_CSV = "phone_number\n919876543210\n+91 98765 43211\n"


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


def digest_of(phones: Iterable[str]) -> str:
    """SHA-256 over the sorted numbers, one a line: two lists of the same numbers have the same."""
    return hashlib.sha256("\n".join(sorted(phones)).encode()).hexdigest()


def read_file(filename: str, content: bytes) -> list[str]:
    """The numbers in a CSV or Excel file as written, of the column headed as phone numbers are. See headings.py."""
    kind = filename.rpartition(".")[2].lower()
    if kind == "csv":
        rows = csv_rows(content)
    elif kind == "xlsx":
        rows = excel_rows(content)
    else:
        raise BadInput(summary="file: Send a .csv or .xlsx file")
    written = list(_numbers_in(row for row in rows if any(row)))
    if not written:
        raise BadInput(summary="file: No phone numbers found")
    return written


def _numbers_in(rows: Iterator[list[str]]) -> Iterator[str]:
    first = list(islice(rows, headings.LOOKED_AT))
    if not first:
        return
    column, begin = headings.column_of(first)
    count = 0
    for row in chain(first[begin:], rows):
        text = row[column] if column < len(row) else ""
        if not text:
            continue
        count += 1
        if count > MOST_NUMBERS:
            raise BadInput(summary=f"file: More than {MOST_NUMBERS} phone numbers")
        yield text[:LONGEST_WRITTEN]
