"""Reading a CSV file of entries: what is kept, what is refused with its line, and that nothing else ever happens."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.helpdesk.knowledge import rows, rules
from backoffice.helpdesk.knowledge.rows import COLUMNS, read_entries
from backoffice.helpdesk.knowledge.rules import NewEntry
from backoffice.helpdesk.ticket.rules import Category
from backoffice.kernel.errors import BadInput

SEED = Path(rows.__file__).with_name("seed.csv")
HEADER = ",".join(COLUMNS)


def test_a_row_becomes_an_entry_with_its_keywords_told_apart() -> None:
    read = read_entries(f'{HEADER}\n1,payment,How?,"So, and so",refund; money back ,,refund\n'.encode())

    assert read.errors == []
    assert read.entries == [NewEntry(1, "payment", "How?", "So, and so", ("refund", "money back"), line=2)]


def test_keywords_in_one_cell_may_be_separated_by_commas_semicolons_and_bars() -> None:
    assert rules.keywords_in("refund, money  back;refund|  paisa wapas\n") == ("refund", "money back", "paisa wapas")


def test_a_byte_order_mark_other_column_orders_and_blank_lines_change_nothing() -> None:
    file = "\ufeffAnswer,Question,category,Question_ID\r\nSo,How?,payment,1\r\n\r\n,,,\r\n"

    [entry] = read_entries(file.encode()).entries

    assert (entry.question_id, entry.question, entry.answer, entry.keywords) == (1, "How?", "So", ())


def test_each_refused_row_is_named_by_its_line_and_the_others_are_kept() -> None:
    lines = [
        HEADER,
        "1,payment,How?,So,",
        "2,payment,,So,",
        '3,payment,How?,"So\nand so",',
        "1,payment,Again?,So,",
        f"{'9' * 10},payment,How?,So,",
        f"4,payment,How?,So,{'k' * 101}",
        f"5,payment,How?,So,{';'.join(str(number) for number in range(31))}",
        "6",
        "KB7,payment,How?,So,",
    ]

    read = read_entries("\n".join(lines).encode())

    assert [entry.question_id for entry in read.entries] == [1, 3]
    assert read.errors == [
        "line 3: question is missing",
        "line 6: 1 stands on line 2 already",
        "line 7: question_id is no number from 1 to 999999999",
        "line 8: a keyword has more than 100 characters",
        "line 9: more than 30 keywords",
        "line 10: category is missing",
        "line 11: question_id is no number from 1 to 999999999",
    ]


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (b"", "question_id is missing"),
        (HEADER.encode(), "No entries found"),
        (b"question_id,category,question\n1,payment,How?\n", "answer is missing"),
        (f"{HEADER}\n1,payment,How?,So\x00,".encode(), "not a CSV file"),
        (f'{HEADER}\n1,payment,"How?,So,'.encode(), "not a CSV file"),
    ],
)
def test_what_is_no_file_of_entries_is_refused_as_a_whole(file: bytes, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        read_entries(file)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-8-sig"])
def test_a_file_is_read_as_excel_saves_it_in_any_country(encoding: str) -> None:
    file = f"{HEADER}\n1,payment,How?,Caf\xe9; or, not,\n".replace(",", ";").replace("; or; not", " or not")

    [entry] = read_entries(file.encode(encoding)).entries

    assert entry.answer == "Caf\xe9 or not"


def test_more_than_five_thousand_rows_are_refused() -> None:
    line = "{},payment,How?,So,\n"
    full = HEADER + "\n" + "".join(line.format(number) for number in range(1, 5_001))

    assert len(read_entries(full.encode()).entries) == 5_000
    with pytest.raises(BadInput, match="More than 5000 rows"):
        read_entries((full + line.format("7000")).encode())


def test_the_seed_has_sixty_entries_of_the_ticket_categories() -> None:
    read = read_entries(SEED.read_bytes())

    assert read.errors == []
    assert [entry.question_id for entry in read.entries] == list(range(1, 61))
    assert {entry.category for entry in read.entries} == set(Category)
    assert len({entry.question for entry in read.entries}) == 60


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_whatever_the_bytes_are_the_file_is_read_or_refused(content: bytes) -> None:
    try:
        read_entries(content)
    except BadInput:
        return


CELLS = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40), max_size=7)


@given(st.lists(CELLS, max_size=12))
def test_every_row_below_a_good_header_is_an_entry_or_an_error(table: list[list[str]]) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerows([COLUMNS, *table])
    filled = [row for row in table if any(cell.strip() for cell in row)]

    try:
        read = read_entries(file.getvalue().encode())
    except BadInput:
        assert not filled
    else:
        assert len(read.entries) + len(read.errors) == len(filled)
        assert all(entry.question_id and entry.answer for entry in read.entries)
