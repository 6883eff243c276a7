"""Writes a NACHA file of PPD credits: 94-character records, blocks of ten, balanced by one debit to our own account.

Nacha Operating Rules, appendix three. A pure function of its facts: the same facts give the same bytes.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from anyascii import anyascii

RECORD_LENGTH = 94
BLOCKING_FACTOR = 10
MIXED, CREDITS_ONLY = "200", "220"
STANDARD_ENTRY = "PPD"
CREDIT_TO = {"checking": "22", "savings": "32"}
OFFSET_DEBIT = "27"
LARGEST_ENTRY_MINOR = 10**10 - 1
LARGEST_FILE_MINOR = 10**12 - 1
HASH_DIGITS = 10
SEQUENCE_DIGITS = 7
NAME_WIDTH = 22
LAST_SEQUENCE = 10**SEQUENCE_DIGITS - 1
MODIFIERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
"""One for each file of a day."""


class UnwritableFile(Exception):
    """These facts don't fit the format; the message says which in one sentence."""


@dataclass(frozen=True, slots=True)
class Originator:
    """Our bank and we, as the bank set us up. The offset account is ours, debited for what we pay."""

    bank_routing: str
    bank_name: str
    origin: str
    company_id: str
    company_name: str
    offset_routing: str
    offset_account: str = field(repr=False)

    @property
    def odfi(self) -> str:
        """The first eight digits of our bank's routing number: every trace number begins with them."""
        return self.bank_routing[:8]


@dataclass(frozen=True, slots=True)
class Credit:
    """One payment out. `individual_id` is what we call it, up to 15 characters."""

    routing_number: str = field(repr=False)
    account_number: str = field(repr=False)
    account_type: str
    amount_minor: int
    individual_id: str
    name: str
    trace_number: str


@dataclass(frozen=True, slots=True)
class FileFacts:
    created_at: datetime
    modifier: str
    effective_on: date
    description: str
    offset_trace: str


def trace_number(odfi: str, sequence: int) -> str:
    """Fifteen digits: the originating bank, then its seven-digit sequence."""
    if not 1 <= sequence <= LAST_SEQUENCE:
        raise UnwritableFile(f"the trace sequence of {odfi} has no number {sequence}")
    return f"{odfi}{sequence:0{SEQUENCE_DIGITS}d}"


def render(originator: Originator, facts: FileFacts, *, credits: Sequence[Credit]) -> str:
    """The file's text: one batch with every credit in trace order, and the debit that balances it."""
    total = sum(credit.amount_minor for credit in credits)
    if not credits or total > LARGEST_FILE_MINOR:
        raise UnwritableFile("a file needs at least one payment and holds at most 9,999,999,999.99 dollars")
    ordered = sorted(credits, key=lambda credit: credit.trace_number)
    entries = [_credit(credit) for credit in ordered]
    entries += _offset(originator, total, trace=facts.offset_trace)
    count, hashed = len(entries), _entry_hash(entries)
    records = [_file_header(originator, facts), _batch_header(originator, facts), *entries]
    records += [_batch_control(originator, count, hashed=hashed, total=total)]
    blocks = -(-(len(records) + 1) // BLOCKING_FACTOR)
    records += [_file_control(blocks, count, hashed=hashed, total=total)]
    records += ["9" * RECORD_LENGTH] * (blocks * BLOCKING_FACTOR - len(records))
    return "\n".join(records) + "\n"


def plain(text: str, width: int) -> str:
    """Capital letters and digits of the file's alphabet, cut and padded to its width.

    Other scripts are written as one reads them aloud; pictures have no such form.
    """
    letters = anyascii("".join(one for one in text if unicodedata.category(one) != "So")).upper()
    kept = "".join(one if one.isalnum() or one in " .,-&'/" else " " for one in letters)
    return kept.strip()[:width].ljust(width)


def is_writable(name: str) -> bool:
    """Whether a bank that gets this name in a file can read anything."""
    return any(one.isalnum() for one in plain(name, NAME_WIDTH))


def _digits(text: str, width: int) -> str:
    if len(text) != width or not (text.isascii() and text.isdigit()):
        raise UnwritableFile(f"a number of {width} digits is needed in the file")
    return text


def _amount(minor: int, width: int) -> str:
    text = f"{minor:0{width}d}"
    if minor < 0 or len(text) > width:
        raise UnwritableFile(f"an amount does not fit its {width} places")
    return text


def _entry_hash(entries: Sequence[str]) -> str:
    """The sum of the eight-digit bank numbers, its last ten digits."""
    return f"{sum(int(entry[3:11]) for entry in entries):0{HASH_DIGITS}d}"[-HASH_DIGITS:]


def _file_header(originator: Originator, facts: FileFacts) -> str:
    created = facts.created_at
    return "".join(
        (
            "101",
            _digits(originator.bank_routing, 9).rjust(10),
            originator.origin[:10].rjust(10),
            created.strftime("%y%m%d%H%M"),
            facts.modifier,
            f"{RECORD_LENGTH:03d}{BLOCKING_FACTOR}1",
            plain(originator.bank_name, 23),
            plain(originator.company_name, 23),
            " " * 8,
        )
    )


def _batch_header(originator: Originator, facts: FileFacts) -> str:
    return "".join(
        (
            "5" + MIXED,
            plain(originator.company_name, 16),
            " " * 20,
            plain(originator.company_id, 10),
            STANDARD_ENTRY,
            plain(facts.description, 10),
            facts.created_at.strftime("%y%m%d"),
            facts.effective_on.strftime("%y%m%d"),
            "   1",
            originator.odfi,
            "0000001",
        )
    )


def _entry(code: str, credit: Credit) -> str:
    account = credit.account_number
    if not account or len(account) > 17:
        raise UnwritableFile("an account number has at most 17 characters")
    if not is_writable(credit.name):
        raise UnwritableFile("a name has no letter that a file can hold")
    return "".join(
        (
            "6" + code,
            _digits(credit.routing_number, 9),
            account.ljust(17),
            _amount(credit.amount_minor, 10),
            plain(credit.individual_id, 15),
            plain(credit.name, NAME_WIDTH),
            "  0",
            _digits(credit.trace_number, 15),
        )
    )


def _credit(credit: Credit) -> str:
    return _entry(CREDIT_TO[credit.account_type], credit)


def _offset(originator: Originator, total: int, *, trace: str) -> list[str]:
    ours = Credit(
        originator.offset_routing,
        originator.offset_account,
        "checking",
        amount_minor=total,
        individual_id="OFFSET",
        name=originator.company_name,
        trace_number=trace,
    )
    if total > LARGEST_ENTRY_MINOR:
        raise UnwritableFile("one file pays at most 99,999,999.99 dollars, the most that one debit can balance")
    return [_entry(OFFSET_DEBIT, ours)]


def _batch_control(originator: Originator, count: int, *, hashed: str, total: int) -> str:
    totals = _amount(total, 12) * 2
    ours = plain(originator.company_id, 10)
    return f"8{MIXED}{count:06d}{hashed}{totals}{ours}{' ' * 25}{originator.odfi}0000001"


def _file_control(blocks: int, count: int, *, hashed: str, total: int) -> str:
    return f"9000001{blocks:06d}{count:08d}{hashed}{_amount(total, 12) * 2}{' ' * 39}"
