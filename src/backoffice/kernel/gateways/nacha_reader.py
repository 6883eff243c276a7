"""Reads NACHA files: our own, and what the bank sends back (returns and notifications of change).

Every count, hash and total is checked: what contradicts itself is not read, batch by batch. One record that can't be
read spoils no other: it is handed on as it came, with what is wrong with it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from backoffice.kernel.gateways.nacha import BLOCKING_FACTOR, HASH_DIGITS, RECORD_LENGTH
from backoffice.kernel.gateways.nacha_lines import LARGEST_BYTES, records_in

RETURN_ADDENDA, CHANGE_ADDENDA = "99", "98"
MOST_UNREADABLE = 1_000
NO_BATCHES = "000000"
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
    text: str = field(default="", repr=False, compare=False)
    """The record as it came."""


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
    text: str = field(default="", repr=False, compare=False)
    """The record as it came."""

    @property
    def is_debit(self) -> bool:
        return self.code[1] in DEBIT_DIGITS


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Records that nobody can act on, and why, in one sentence."""

    text: str = field(repr=False)
    why: str


@dataclass(frozen=True, slots=True)
class ReadBatch:
    company_id: str
    effective_on: str
    entries: tuple[ReadEntry, ...]


@dataclass(frozen=True, slots=True)
class ReadFile:
    """All that came; `created` and `modifier` are of the first file where several are in one."""

    created: str
    modifier: str
    batches: tuple[ReadBatch, ...]
    unreadable: tuple[Unreadable, ...] = ()

    @property
    def entries(self) -> Iterator[ReadEntry]:
        for batch in self.batches:
            yield from batch.entries

    @property
    def addenda(self) -> Iterator[tuple[ReadEntry, Addenda]]:
        for entry in self.entries:
            for addenda in entry.addenda:
                yield entry, addenda


@dataclass
class _Batch:
    """The records of a batch while it is read; its control is None until it comes, `why` says what contradicts it."""

    header: str
    records: list[str] = field(default_factory=list)
    control: str | None = None
    why: str | None = None


@dataclass
class _File:
    header: str
    batches: list[_Batch] = field(default_factory=list)
    strange: list[Unreadable] = field(default_factory=list)
    control: str | None = None


def read(content: bytes | str) -> ReadFile:
    """What can be read. UnreadableFile when it is no NACHA file, or nothing in it is without contradiction."""
    if len(content) > LARGEST_BYTES:
        raise UnreadableFile(f"the file is larger than {LARGEST_BYTES // 1_000_000} MB")
    files = list(_files(records_in(content)))
    for file in files:
        _check(file)
    batches = [batch for file in files for batch in file.batches]
    if not batches and not any(file.control and file.control[1:7] == NO_BATCHES for file in files):
        raise UnreadableFile("the file has no batch, and no file control record that says so")
    refused = [batch.why for batch in batches if batch.why]
    if refused and len(refused) == len(batches):
        raise UnreadableFile(refused[0])
    strange = [one for file in files for one in file.strange]
    read_batches = []
    for batch in batches:
        entries, unreadable = _entries(batch)
        strange += unreadable
        header = batch.header
        read_batches.append(ReadBatch(header[40:50].strip(), header[69:75], tuple(entries)))
    if len(strange) > MOST_UNREADABLE:
        raise UnreadableFile(f"more than {MOST_UNREADABLE} of its records can't be read")
    return ReadFile(files[0].header[23:33], files[0].header[33], tuple(read_batches), tuple(strange))


def _files(records: Sequence[str]) -> Iterator[_File]:
    """The files in what came: each begins with its header. Whatever stands outside of a batch is strange."""
    if not any(record[0] == "1" for record in records):
        raise UnreadableFile("the file does not begin with a file header")
    file: _File | None = None
    before: list[Unreadable] = []
    for record in records:
        if record[0] == "1" and _fits(record):
            if file is not None:
                yield file
            file = _File(record, strange=before)
            before = []
        elif file is None:
            before.append(Unreadable(record.rstrip(), "a record stands before the file header"))
        else:
            _add(file, record)
    if file is None:
        raise UnreadableFile("the file does not begin with a file header")
    yield file


def _add(file: _File, record: str) -> None:
    batch = file.batches[-1] if file.batches and file.batches[-1].control is None else None
    if file.control is not None:
        file.strange.append(Unreadable(record.rstrip(), "a record follows the file control record"))
    elif record[0] == "9" and _fits(record):
        file.control = record
    elif record[0] == "5" and _fits(record):
        file.batches.append(_Batch(record))
    elif batch is None:
        file.strange.append(Unreadable(record.rstrip(), "a record stands outside a batch"))
    elif record[0] == "8" and _fits(record):
        batch.control = record
    else:
        batch.records.append(record)


def _fits(record: str) -> bool:
    return len(record) == RECORD_LENGTH


def _check(file: _File) -> None:
    """Say of each batch what contradicts it: its own control, or the file's when all batches agree with theirs."""
    for batch in file.batches:
        if batch.control is None:
            batch.why = "a batch has no control record"
        elif not _agrees(batch.records, batch.control[4:44], count_digits=6, exactly=not _is_spoilt(batch)):
            batch.why = "the counts, hash or totals of a batch do not add up"
    if file.control is None or any(batch.why or _is_spoilt(batch) for batch in file.batches) or file.strange:
        return
    records = [record for batch in file.batches for record in batch.records]
    counted = 2 + len(records) + 2 * len(file.batches)
    blocks = -(-counted // BLOCKING_FACTOR)
    why = None
    if file.control[1:13] != f"{len(file.batches):06d}{blocks:06d}":
        why = "the file control record counts other batches or blocks than there are"
    elif not _agrees(records, file.control[13:55], count_digits=8, exactly=True):
        why = "the counts, hash or totals of the file do not add up"
    for batch in file.batches:
        batch.why = why


def _is_spoilt(batch: _Batch) -> bool:
    """Whether something of it can't be read, so that its sums can't be exact."""
    return any(record[0] not in "67" or not _fits(record) or not _has_numbers(record) for record in batch.records)


def _has_numbers(record: str) -> bool:
    """Whether numbers stand where an entry has its code, its bank and its amount; an addenda record has none."""
    return record[0] != "6" or all(_is_number(record[start:end]) for start, end in ((1, 3), (3, 11), (29, 39)))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _agrees(records: Sequence[str], control: str, *, count_digits: int, exactly: bool) -> bool:
    """Entry and addenda count, entry hash, debits and credits, as a control record states them.

    Where something could not be read the totals may be larger than what was.
    """
    entries = [record for record in records if record[0] == "6" and _has_numbers(record)]
    hashed = f"{sum(int(entry[3:11]) for entry in entries):0{HASH_DIGITS}d}"[-HASH_DIGITS:]
    sums = {True: 0, False: 0}
    for entry in entries:
        sums[entry[2] in DEBIT_DIGITS] += int(entry[29:39])
    if exactly:
        return control == f"{len(records):0{count_digits}d}{hashed}{sums[True]:012d}{sums[False]:012d}"
    totals = control[count_digits + HASH_DIGITS :]
    return _is_number(control) and int(totals[:12]) >= sums[True] and int(totals[12:]) >= sums[False]


def _entries(batch: _Batch) -> tuple[list[ReadEntry], list[Unreadable]]:
    """The entries with their addenda; each that can't be read, or whose batch contradicts itself, as it came."""
    groups: list[list[str]] = []
    for record in batch.records:
        if record[0] != "7" or not groups:
            groups.append([])
        groups[-1].append(record)
    entries, unreadable = [], []
    for group in groups:
        text = "\n".join(record.rstrip() for record in group)
        if why := batch.why or _fault(group):
            unreadable.append(Unreadable(text, why))
        else:
            entries.append(_entry(group))
    return entries, unreadable


def _fault(group: Sequence[str]) -> str | None:
    if group[0][0] == "7":
        return "an addenda record follows no entry"
    if group[0][0] != "6":
        return "a record is of no known kind"
    if not all(map(_fits, group)):
        return f"a record has more than {RECORD_LENGTH} characters"
    return None if _has_numbers(group[0]) else "there are characters where a number should be"


def _entry(group: Sequence[str]) -> ReadEntry:
    record = group[0]
    return ReadEntry(
        code=record[1:3],
        routing_number=record[3:12],
        account_number=record[12:29].strip(),
        amount_minor=int(record[29:39]),
        individual_id=record[39:54].strip(),
        name=record[54:76].strip(),
        trace_number=record[79:94].strip(),
        addenda=tuple(_addenda(one) for one in group[1:]),
        text=record.rstrip(),
    )


def _addenda(record: str) -> Addenda:
    corrected = record[35:64].strip() if record[1:3] == CHANGE_ADDENDA else ""
    return Addenda(record[1:3], record[3:6].strip(), record[6:21].strip(), corrected, record.rstrip())
