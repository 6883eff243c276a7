"""Reads NACHA files: our own, and what the bank sends back (returns and notifications of change).

Every count, hash and total is checked first: a file is read whole or refused whole.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from backoffice.kernel.gateways.nacha import BLOCKING_FACTOR, HASH_DIGITS, RECORD_LENGTH

RETURN_ADDENDA, CHANGE_ADDENDA = "99", "98"
DEBIT_DIGITS = frozenset("56789")
"""The second digit of a transaction code: 0 to 4 moves money in, 5 to 9 takes it."""


class UnreadableFile(Exception):
    """The file is not a NACHA file, or its numbers do not add up; the message says where in one sentence."""


@dataclass(frozen=True, slots=True)
class Addenda:
    """What an addenda record of a return (99) or of a notification of change (98) says."""

    kind: str
    code: str
    original_trace: str
    corrected: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReadEntry:
    code: str
    routing_number: str = field(repr=False)
    account_number: str = field(repr=False)
    amount_minor: int
    individual_id: str
    name: str
    trace_number: str
    addenda: tuple[Addenda, ...] = ()

    @property
    def is_debit(self) -> bool:
        return self.code[1] in DEBIT_DIGITS


@dataclass(frozen=True, slots=True)
class ReadBatch:
    standard_entry: str
    company_id: str
    effective_on: str
    entries: tuple[ReadEntry, ...]


@dataclass(frozen=True, slots=True)
class ReadFile:
    created: str
    modifier: str
    batches: tuple[ReadBatch, ...]

    @property
    def addenda(self) -> Iterator[tuple[ReadEntry, Addenda]]:
        for batch in self.batches:
            for entry in batch.entries:
                for addenda in entry.addenda:
                    yield entry, addenda


def read(text: str) -> ReadFile:
    """The file's batches and entries. UnreadableFile when a record, a count, a hash or a total is wrong."""
    records = _records(text)
    if len(records) < 2 or records[0][0] != "1":
        raise UnreadableFile("the file does not begin with a file header")
    end = next((place for place, record in enumerate(records) if record[0] == "9"), None)
    if end is None:
        raise UnreadableFile("the file has no file control record")
    if any(record != "9" * RECORD_LENGTH for record in records[end + 1 :]):
        raise UnreadableFile("something follows the file control record")
    batches = tuple(_batches(records[1:end]))
    _check_file(records, end)
    return ReadFile(records[0][23:33], records[0][33], batches)


def _records(text: str) -> list[str]:
    if not text.isascii():
        raise UnreadableFile("the file holds characters outside ASCII")
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    if len(lines) == 1:
        lines = [text[at : at + RECORD_LENGTH] for at in range(0, len(text.rstrip("\n")), RECORD_LENGTH)]
    for number, line in enumerate(lines, 1):
        if len(line) != RECORD_LENGTH:
            raise UnreadableFile(f"record {number} has {len(line)} characters instead of {RECORD_LENGTH}")
    if len(lines) % BLOCKING_FACTOR:
        raise UnreadableFile("the file is not filled to whole blocks of ten records")
    return lines


def _batches(records: Sequence[str]) -> Iterator[ReadBatch]:
    start = 0
    while start < len(records):
        if records[start][0] != "5":
            raise UnreadableFile(f"record {start + 2} stands outside a batch")
        end = next((at for at in range(start, len(records)) if records[at][0] == "8"), None)
        if end is None:
            raise UnreadableFile("a batch has no control record")
        inside = records[start + 1 : end]
        _check_totals(inside, records[end][4:44], count_digits=6, what="a batch")
        header = records[start]
        yield ReadBatch(header[50:53], header[40:50].strip(), header[69:75], tuple(_entries(inside)))
        start = end + 1


def _entries(records: Sequence[str]) -> Iterator[ReadEntry]:
    place = 0
    while place < len(records):
        record = records[place]
        if record[0] != "6":
            raise UnreadableFile("an addenda record follows no entry")
        after = place + 1
        while after < len(records) and records[after][0] == "7":
            after += 1
        yield ReadEntry(
            code=record[1:3],
            routing_number=record[3:12],
            account_number=record[12:29].strip(),
            amount_minor=_number(record[29:39]),
            individual_id=record[39:54].strip(),
            name=record[54:76].strip(),
            trace_number=record[79:94],
            addenda=tuple(_addenda(one) for one in records[place + 1 : after]),
        )
        place = after


def _addenda(record: str) -> Addenda:
    corrected = record[35:64].strip() if record[1:3] == CHANGE_ADDENDA else ""
    return Addenda(record[1:3], record[3:6], record[6:21], corrected)


def _number(digits: str) -> int:
    if not digits.isdigit():
        raise UnreadableFile("there are characters where a number should be")
    return int(digits)


def _check_totals(records: Sequence[str], control: str, *, count_digits: int, what: str) -> None:
    """Entry and addenda count, entry hash, debits and credits, as a control record states them."""
    entries = [record for record in records if record[0] == "6"]
    hashed = f"{sum(_number(entry[3:11]) for entry in entries):0{HASH_DIGITS}d}"[-HASH_DIGITS:]
    sums = {True: 0, False: 0}
    for entry in entries:
        sums[entry[2] in DEBIT_DIGITS] += _number(entry[29:39])
    counted = sum(record[0] in "67" for record in records)
    if control != f"{counted:0{count_digits}d}{hashed}{sums[True]:012d}{sums[False]:012d}":
        raise UnreadableFile(f"the counts, hash or totals of {what} do not add up")


def _check_file(records: Sequence[str], end: int) -> None:
    control = records[end]
    batches = sum(record[0] == "5" for record in records[:end])
    blocks = len(records) // BLOCKING_FACTOR
    if control[1:7] != f"{batches:06d}" or control[7:13] != f"{blocks:06d}":
        raise UnreadableFile("the file control record counts other batches or blocks than there are")
    _check_totals(records[1:end], control[13:55], count_digits=8, what="the file")
