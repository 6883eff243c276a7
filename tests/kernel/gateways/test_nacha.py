"""NACHA files match their golden copies byte for byte, come back through the reader, and are refused when bent."""

from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.gateways.nacha import (
    Credit,
    FileFacts,
    Originator,
    UnwritableFile,
    is_writable,
    plain,
    render,
    trace_number,
)
from backoffice.kernel.gateways.nacha_reader import ReadEntry, UnreadableFile, read

GOLDEN = Path(__file__).with_name("golden")
OURS = Originator(
    bank_routing="091000019",
    bank_name="First Bank",
    origin="1912345678",
    company_id="1912345678",
    company_name="Backoffice Shield",
    offset_routing="091000019",
    offset_account="555000111",
)
CREDITS = [
    Credit("021000021", "000123455678", "checking", 250_000, "a1b2c3", "José Doe", "091000010000001"),
    Credit("121000248", "998", "savings", 1_999, "d4e5f6", "Mary-Ann O'Neil & Co", "091000010000002"),
]


def facts(offset: int = 3) -> FileFacts:
    trace = trace_number(OURS.odfi, offset)
    return FileFacts(datetime(2026, 11, 20, 14, 5), "A", date(2026, 11, 23), "CLAIM PAY", trace)  # noqa: DTZ001


def test_the_file_is_the_golden_file_whatever_order_its_payments_come_in() -> None:
    golden = (GOLDEN / "credits.ach").read_text()

    assert render(OURS, facts(), credits=CREDITS) == golden
    assert render(OURS, facts(), credits=CREDITS[::-1]) == golden


def test_the_golden_file_has_every_field_where_the_format_wants_it() -> None:
    header, batch, first, second, offset, batch_end, end = (GOLDEN / "credits.ach").read_text().splitlines()[:7]

    assert (header[3:13], header[13:23], header[23:33], header[33]) == (" 091000019", "1912345678", "2611201405", "A")
    assert (header[34:37], header[37:39], header[39]) == ("094", "10", "1")
    assert (batch[1:4], batch[50:53], batch[53:63], batch[69:75]) == ("200", "PPD", "CLAIM PAY ", "261123")
    assert (batch[78], batch[79:87], batch[87:94]) == ("1", "09100001", "0000001")
    assert (first[1:3], first[3:12], first[12:29].strip()) == ("22", "021000021", "000123455678")
    assert (first[29:39], first[54:76].strip(), first[79:94]) == ("0000250000", "JOSE DOE", "091000010000001")
    assert (second[1:3], offset[1:3], int(offset[29:39])) == ("32", "27", 251_999)
    assert int(batch_end[10:20]) == 2_100_002 + 12_100_024 + 9_100_001
    assert (int(batch_end[4:10]), int(batch_end[20:32]), int(batch_end[32:44])) == (3, 251_999, 251_999)
    assert (int(end[1:7]), int(end[7:13]), int(end[13:21])) == (1, 1, 3)


payments = st.builds(
    Credit,
    routing_number=st.from_regex(r"[0-9]{9}", fullmatch=True),
    account_number=st.from_regex(r"[0-9]{4,17}", fullmatch=True),
    account_type=st.sampled_from(["checking", "savings"]),
    amount_minor=st.integers(1, 100_000_00),
    individual_id=st.from_regex(r"[A-Z0-9]{1,15}", fullmatch=True),
    name=st.text(max_size=60).filter(is_writable),
    trace_number=st.just(""),
)


@given(st.lists(payments, min_size=1, max_size=40))
def test_what_is_written_is_read_back_and_balances(drawn: list[Credit]) -> None:
    credits = [
        Credit(
            **{name: getattr(one, name) for name in Credit.__slots__} | {"trace_number": trace_number(OURS.odfi, place)}
        )
        for place, one in enumerate(drawn, 1)
    ]
    text = render(OURS, facts(offset=len(credits) + 1), credits=credits)
    (batch,) = read(text).batches
    *paid, offset = batch.entries

    assert {len(line) for line in text.splitlines()} == {94}
    assert len(text.splitlines()) % 10 == 0
    assert [entry.amount_minor for entry in paid] == [one.amount_minor for one in credits]
    assert [entry.account_number for entry in paid] == [one.account_number for one in credits]
    assert [entry.routing_number for entry in paid] == [one.routing_number for one in credits]
    assert [entry.trace_number for entry in paid] == [one.trace_number for one in credits]
    assert [entry.name for entry in paid] == [plain(one.name, 22).strip() for one in credits]
    assert offset.is_debit and not any(entry.is_debit for entry in paid)
    assert offset.amount_minor == sum(one.amount_minor for one in credits)


def test_a_return_file_says_which_payment_came_back_and_what_is_to_be_corrected() -> None:
    (returned, first), (_, second) = read((GOLDEN / "returns.ach").read_text()).addenda

    assert (first.kind, first.code, first.original_trace) == ("99", "R02", "091000010000001")
    assert returned.amount_minor == 250_000
    assert (second.kind, second.code, second.corrected) == ("98", "C01", "1918171614")


def test_a_file_without_line_breaks_or_with_those_of_windows_reads_the_same() -> None:
    text = (GOLDEN / "returns.ach").read_text()

    assert read(text.replace("\n", "")) == read(text)
    assert read(text.replace("\n", "\r\n")) == read(text)


@given(st.data())
def test_a_file_in_which_one_digit_that_counts_is_another_is_refused(data: st.DataObject) -> None:
    lines = (GOLDEN / "credits.ach").read_text().splitlines()
    row, column = data.draw(
        st.sampled_from(
            [(row, column) for row in (2, 3, 4) for column in [*range(3, 11), *range(29, 39)]]
            + [(5, column) for column in range(4, 44)]
            + [(6, column) for column in range(1, 55)]
        )
    )
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != lines[row][column]]))
    lines[row] = lines[row][:column] + other + lines[row][column + 1 :]

    with pytest.raises(UnreadableFile):
        read("\n".join(lines))


@pytest.mark.parametrize(
    "text",
    ["", "hello", "9" * 94, "\n".join(["1" * 94] * 10), "é" * 940, "1" + "x" * 93 + "\n" + "9" * 94],
    ids=["nothing", "a word", "a control alone", "headers alone", "letters", "two records"],
)
def test_what_is_no_nacha_file_is_refused(text: str) -> None:
    with pytest.raises(UnreadableFile):
        read(text)


def test_a_file_that_was_cut_off_before_the_end_of_its_batch_is_refused() -> None:
    lines = (GOLDEN / "credits.ach").read_text().splitlines()
    for length in range(6):
        with pytest.raises(UnreadableFile):
            read("\n".join(lines[:length]))


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Jørgen Åse", "JORGEN ASE"),
        ("Łukasz Straße", "LUKASZ STRASSE"),
        ("Jose\u0301 Ðæ", "JOSE DAE"),
        ("李小龙", "LIXIAOLONG"),
        ("Иван Петров", "IVAN PETROV"),
        ("🙂 Ann\u2019s", "ANN'S"),
    ],
)
def test_a_name_is_written_as_its_letters_are_usually_given_in_latin_ones(name: str, written: str) -> None:
    assert plain(name, 22).strip() == written


@pytest.mark.parametrize("name", ["", " ", "🙂", "-.,", "\u2060\ue000"])
def test_a_payment_to_a_name_without_a_letter_is_refused_and_not_left_blank(name: str) -> None:
    one = Credit(**{field: getattr(CREDITS[0], field) for field in Credit.__slots__} | {"name": name})

    assert not is_writable(name)
    with pytest.raises(UnwritableFile, match="name"):
        render(OURS, facts(), credits=[one])


@pytest.mark.parametrize("wrong", [{"routing_number": "12"}, {"account_number": "1" * 18}, {"amount_minor": 10**10}])
def test_a_payment_that_does_not_fit_is_refused_and_not_cut(wrong: dict[str, object]) -> None:
    one = Credit(**{name: getattr(CREDITS[0], name) for name in Credit.__slots__} | wrong)  # type: ignore[arg-type]
    with pytest.raises(UnwritableFile):
        render(OURS, facts(), credits=[one])


@pytest.mark.parametrize("sequence", [0, 10_000_000])
def test_a_trace_number_has_seven_digits_after_its_bank(sequence: int) -> None:
    assert trace_number("09100001", 42) == "091000010000042"
    with pytest.raises(UnwritableFile):
        trace_number("09100001", sequence)


def test_numbers_of_accounts_show_in_no_representation() -> None:
    entry = ReadEntry("22", "021000021", "000123455678", 1, "A", "B", "C")

    assert "000123455678" not in repr([CREDITS, OURS, entry])
    assert "555000111" not in repr(OURS)
