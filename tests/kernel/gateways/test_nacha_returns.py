"""Every kind of return and correction comes through the reader whole, and files of ours fill their blocks of ten."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.gateways.nacha import RECORD_LENGTH, render, trace_number
from backoffice.kernel.gateways.nacha_reader import Addenda, UnreadableFile, read
from backoffice.kernel.gateways.return_codes import CORRECTIONS, RETURNS
from tests.kernel.gateways.test_nacha import CREDITS, OURS, facts

GOLDEN = Path(__file__).with_name("golden")
NINES = "9" * RECORD_LENGTH


@dataclass(frozen=True)
class Back:
    """One entry of the bank's file: a return of a payment, or with `corrected` a notification of change."""

    code: str
    original: str
    cents: int = 0
    corrected: str = ""

    @property
    def kind(self) -> str:
        return "98" if self.code.startswith("C") else "99"


GOLDEN_BACK = [
    Back("R01", "091000010000001", cents=250_000),
    Back("R02", "091000010000002", cents=1_999),
    Back("R03", "091000010000003", cents=1),
    Back("R10", "091000010000004", cents=9_999_999_999),
    Back("C01", "091000010000005", corrected="1918171614"),
    Back("C02", "091000010000006", corrected="121000248"),
]


def bank_file(entries: Sequence[Back]) -> str:
    """As a bank sends it: each entry with its addenda, counted, hashed and summed, filled to blocks of ten."""
    hashed = f"{2_100_002 * len(entries):010d}"[-10:]
    totals = f"{0:012d}{sum(one.cents for one in entries):012d}"
    records = [
        "101 0910000191091000019" + "2611241200A094101" + "FIRST BANK".ljust(23) * 2,
        "5200" + "BACKOFFICE SHIEL".ljust(36) + "1912345678PPDRETURN    261124261124   1091000010000001",
    ]
    for place, one in enumerate(entries, 1):
        trace = f"02100002{place:07d}"
        records.append("621021000021" + "1".ljust(17) + f"{one.cents:010d}" + " " * 37 + "  1" + trace)
        records.append(f"7{one.kind}{one.code}{one.original}      02100002{one.corrected:44}{trace}")
    records.append(f"8200{2 * len(entries):06d}{hashed}{totals}1912345678{' ' * 25}091000010000001")
    blocks = -(-(len(records) + 1) // 10)
    records.append(f"9000001{blocks:06d}{2 * len(entries):08d}{hashed}{totals}")
    records += [NINES] * (blocks * 10 - len(records))
    return "\n".join(one.ljust(RECORD_LENGTH) for one in records) + "\n"


def said(text: str) -> list[tuple[int, Addenda]]:
    return [(entry.amount_minor, addenda) for entry, addenda in read(text).addenda]


def expected(entries: Sequence[Back]) -> list[tuple[int, Addenda]]:
    return [(one.cents, Addenda(one.kind, one.code, one.original, one.corrected)) for one in entries]


def test_the_golden_returns_and_corrections_are_read_each_with_its_code_payment_amount_and_correction() -> None:
    golden = (GOLDEN / "bank-returns.ach").read_text()

    assert bank_file(GOLDEN_BACK) == golden
    assert said(golden) == expected(GOLDEN_BACK)


backs = st.builds(
    Back,
    code=st.sampled_from(sorted(RETURNS)),
    original=st.from_regex(r"[0-9]{15}", fullmatch=True),
    cents=st.integers(0, 10**10 - 1),
) | st.builds(
    Back,
    code=st.sampled_from(sorted(CORRECTIONS)),
    original=st.from_regex(r"[0-9]{15}", fullmatch=True),
    corrected=st.from_regex(r"[A-Z0-9]([A-Z0-9 ]{0,27}[A-Z0-9])?", fullmatch=True),
)


@given(st.lists(backs, min_size=1, max_size=30))
def test_whatever_comes_back_is_read_as_the_bank_wrote_it(entries: list[Back]) -> None:
    assert said(bank_file(entries)) == expected(entries)


@given(st.lists(backs, min_size=1, max_size=5), st.data())
def test_a_return_file_whose_sum_is_another_by_one_digit_is_refused(entries: list[Back], data: st.DataObject) -> None:
    lines = bank_file(entries).splitlines()
    row = 2 * data.draw(st.integers(1, len(entries)))
    column = data.draw(st.integers(29, 38))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != lines[row][column]]))
    lines[row] = lines[row][:column] + other + lines[row][column + 1 :]

    with pytest.raises(UnreadableFile):
        read("\n".join(lines))


@pytest.mark.parametrize(
    ("payments", "lines", "filled"), [(1, 10, 4), (4, 10, 1), (5, 10, 0), (6, 20, 9), (15, 20, 0), (16, 30, 9)]
)
def test_a_file_of_ours_is_balanced_and_filled_with_nines_to_whole_blocks(
    payments: int, lines: int, filled: int
) -> None:
    traces = [trace_number(OURS.odfi, place) for place in range(1, payments + 2)]
    template = {name: getattr(CREDITS[0], name) for name in type(CREDITS[0]).__slots__}
    credits = [type(CREDITS[0])(**template | {"trace_number": trace}) for trace in traces[:-1]]
    text = render(OURS, facts(offset=payments + 1), credits=credits)
    written, control = text.splitlines(), text.splitlines()[payments + 4]

    assert (len(written), sum(line == NINES for line in written)) == (lines, filled)
    assert int(control[7:13]) == lines // 10
    assert control[31:43] == control[43:55] == f"{payments * CREDITS[0].amount_minor:012d}"
    assert [entry.is_debit for entry in read(text).batches[0].entries] == [False] * payments + [True]
