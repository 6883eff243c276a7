"""Numbers as staff write and upload them."""

import io
import zipfile
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.helpdesk.customer.numbers import SAMPLE_CSV, read_file, read_numbers
from backoffice.kernel.errors import BadInput
from backoffice.kernel.phones import find_number


def excel(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("written", "phone"),
    [
        ("919876543210", "+919876543210"),
        ("+91 98765-43210", "+919876543210"),
        ("9876543210", "+919876543210"),
        ("09876543210", "+919876543210"),
        ("0014155552671", "+14155552671"),
        ("14155552671", "+14155552671"),
        ("  +1 (415) 555-2671 ", "+14155552671"),
        ("5551234", None),
        ("+5551234", None),
        ("12", None),
        ("", None),
        ("call me", None),
        ("98765432109876543210", None),
        ("+00919876543210", None),
        ("९८७६५४३२१०", None),
    ],
)
def test_a_number_is_read_as_its_country_dials_it_or_with_its_country_code(written: str, phone: str | None) -> None:
    assert find_number(written, country="IN") == phone


def test_each_number_counts_once_however_it_is_written() -> None:
    numbers = read_numbers(["919876543210", "+91 98765 43210", "9876543211", "nobody"], country="IN")

    assert numbers.phones == ["+919876543210", "+919876543211"]
    assert numbers.repeated == ["+91 98765 43210"]
    assert numbers.unreadable == ["nobody"]


def test_the_sample_file_holds_numbers_that_can_be_read() -> None:
    numbers = read_numbers(read_file("sample.csv", SAMPLE_CSV.encode()), country="IN")

    assert len(numbers.phones) == 2
    assert numbers.unreadable == []


@pytest.mark.parametrize(
    "content",
    [
        "919876543210\n919876543211\n",
        "phone\n919876543210\n919876543211\n",
        "\ufeffname,Phone_Number\nAsha,919876543210\nRavi,919876543211\n",
        "name;phone\r\nAsha;919876543210\r\n\r\nRavi;919876543211\r\n",
        'phone_number,label\n"919876543210","one, two"\n919876543211\n',
    ],
)
def test_a_csv_file_may_have_a_header_a_bom_semicolons_and_empty_lines(content: str) -> None:
    assert read_file("Numbers.CSV", content.encode()) == ["919876543210", "919876543211"]


def test_an_excel_file_gives_its_numbers_even_where_excel_made_figures_of_them() -> None:
    content = excel(["Name", "Phone"], ["Asha", 919876543210], ["Ravi", 919876543211.0], ["Nobody", None])

    assert read_file("numbers.xlsx", content) == ["919876543210", "919876543211"]


@pytest.mark.parametrize(
    ("filename", "content", "sentence"),
    [
        ("numbers.pdf", b"919876543210", "Send a .csv or .xlsx file"),
        ("numbers", b"919876543210", "Send a .csv or .xlsx file"),
        ("numbers.csv", b"", "No phone numbers found"),
        ("numbers.csv", b"phone_number\n\n", "No phone numbers found"),
        ("numbers.csv", b"\xff\xfe9\x001\x00", "not a CSV file in UTF-8"),
        ("numbers.xlsx", b"919876543210", "not an Excel file"),
        ("numbers.xlsx", excel(["phone"], ["919876543210"])[:-200], "not an Excel file"),
        ("numbers.csv", b"919876543210\n" * 10_001, "More than 10000 phone numbers"),
    ],
)
def test_a_file_that_is_no_list_of_numbers_is_refused_in_one_sentence(
    filename: str, content: bytes, sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence):
        read_file(filename, content)


def test_an_excel_file_that_unpacks_to_more_than_memory_holds_is_refused_unread() -> None:
    with pytest.raises(BadInput, match="too large"):
        read_file("numbers.xlsx", bomb())


def bomb() -> bytes:
    """100 kB that would become 101 MB."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/sharedStrings.xml", "w") as part:
        for _ in range(101):
            part.write(b" " * 1_000_000)
    return file.getvalue()


@given(content=st.binary(max_size=2000), kind=st.sampled_from(["csv", "xlsx"]))
def test_no_file_whatever_its_bytes_raises_anything_else(content: bytes, kind: str) -> None:
    try:
        written = read_file(f"numbers.{kind}", content)
    except BadInput:
        return
    assert all(text and "\x00" not in text for text in written)


SHEET = excel(["phone"], ["919876543210"], [919876543211])


@given(place=st.integers(0, len(SHEET) - 1), value=st.integers(0, 255))
def test_no_damaged_excel_file_raises_anything_else(place: int, value: int) -> None:
    damaged = SHEET[:place] + bytes([value]) + SHEET[place + 1 :]
    try:
        read_file("numbers.xlsx", damaged)
    except BadInput:
        return


@given(st.text(max_size=60))
def test_whatever_is_written_becomes_a_whatsapp_number_or_nothing(written: str) -> None:
    phone = find_number(written, country="IN")

    assert phone is None or (phone[0] == "+" and phone[1:].isdigit() and 7 <= len(phone) - 1 <= 15)
