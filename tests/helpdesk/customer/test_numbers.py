"""Numbers as staff write and upload them."""

import io
import tracemalloc
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
        ("numbers.csv", b"\xff\xfe9\x001", "not a CSV file"),
        ("numbers.csv", b"phone\n9\x00", "not a CSV file"),
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


@pytest.mark.parametrize(
    "content",
    [
        b"Record ID,First Name,Mobile Number\n9876582588,Asha,919876543210\n9876582589,Ravi,919876543211\n",
        b'"Name, full";"Contact No."\n"Verma, Asha";919876543210\n"Rao, Ravi";919876543211\n',
        b'"a,b,c"\t"Phone 1 - Value"\n"x"\t"919876543210"\n"y"\t"919876543211"\n',
        b"Customers of June\n\nId,Cell\n9876582588,919876543210\n9876582589,919876543211\n",
        b"sep=;\r\nId;Telefon\r\n9876582588;919876543210\r\n9876582589;919876543211\r\n",
        b"Id,Phone,WhatsApp\n1,9876582588,919876543210\n2,9876582589,919876543211\n",
        b"Id,Phone 1 - Value,Phone 2 - Value\n1,919876543210,9876582588\n2,919876543211,9876582589\n",
        "Kundennr;Tel\u00e9fono m\u00f3vil\n9876582588;919876543210\n9876582589;919876543211\n".encode("latin-1"),
        "Id\tMobile No\n9876582588\t919876543210\n9876582589\t919876543211\n".encode("utf-16"),
        "Id\tMobile No\n9876582588\t919876543210\n9876582589\t919876543211\n".encode("utf-16-le"),
        "\uff2d\uff4f\uff42\uff49\uff4c\uff45,Id\n919876543210,9876582588\n919876543211,9876582589\n".encode(),
        "मोबाइल नंबर,Id\n919876543210,9876582588\n919876543211,9876582589\n".encode(),
    ],
)
def test_the_column_of_the_numbers_is_known_by_its_heading(content: bytes) -> None:
    assert read_file("export.csv", content) == ["919876543210", "919876543211"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"Record ID,First Name\n9876582588,Asha\n", "Name one of them as one of: phone_number, Phone, Mobile Number"),
        (b"9876582588,919876543210\n", "No column is headed as phone numbers are"),
        (b"Phone,Mobile Number\n9876582588,919876543210\n", r"Several columns .*\(Phone, Mobile Number\)"),
        (b"Record ID,Type\n9876582588,Mobile\n", "No column is headed"),
        (b"Customer Number,Name\n9876582588,Asha\n", "No column is headed"),
        (b"Number,Name\n9876582588,Asha\n", "No column is headed"),
        (b"No,Name\n9876582588,Asha\n", "No column is headed"),
        (b"CEP,Nome,Contato\n98765821,Asha,+5541987654321\n", "No column is headed"),
    ],
)
def test_a_column_is_never_guessed(content: bytes, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        read_file("export.csv", content)


@pytest.mark.parametrize("heading", ["Number", "No.", "Contact"])
def test_a_heading_that_may_mean_something_else_is_taken_where_it_is_the_only_one(heading: str) -> None:
    assert read_file("export.csv", f"{heading}\n919876543210\n".encode()) == ["919876543210"]


def test_a_number_that_lost_one_digit_is_nobody_s_in_another_country() -> None:
    lost = ["987654321", "98765 4321", "20251127", "91 98765 4321", "41 98765-4321"]

    numbers = read_numbers([*lost, "9876543210", "4915112345678", "+987654321"], country="IN")

    assert numbers.unreadable == lost
    assert numbers.phones == ["+919876543210", "+4915112345678", "+987654321"]


def test_a_number_that_lost_its_digits_is_named_and_none_is_made_up() -> None:
    rows = excel(["phone"], [919876543210.0], ["919856496882.0"], ["9.19E+11"], [919000000000], [9.19877e11])
    text = b"phone\n919876543210\n919856496882.0\n9.19E+11\n9.19877E+11\n"

    for filename, content, lost in (
        ("a.xlsx", rows, ["9.19E+11", "9.19E+11", "9.19877E+11"]),
        ("a.csv", text, ["9.19E+11", "9.19877E+11"]),
    ):
        numbers = read_numbers(read_file(filename, content), country="IN")
        assert numbers.phones == ["+919876543210", "+919856496882"]
        assert numbers.unreadable == lost


def sheet_of(rows: bytes) -> bytes:
    """An Excel file whose sheet holds these rows, as XML."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(excel(["phone"]))) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            content = old.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                begin, end = content.index(b"<sheetData>") + 11, content.index(b"</sheetData>")
                content = content[:begin] + rows + content[end:]
            new.writestr(part.filename, content)
    return file.getvalue()


def test_a_cell_at_the_last_corner_of_a_sheet_costs_nothing() -> None:
    first = b'<row r="1"><c r="A1"><v>919876543210</v></c></row>'
    last = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'

    assert read_file("numbers.xlsx", sheet_of(first + last)) == ["919876543210"]


def test_a_sheet_of_too_many_rows_is_refused_before_it_is_read_to_its_end() -> None:
    with pytest.raises(BadInput, match="More than 20000 rows"):
        read_file("numbers.xlsx", sheet_of(b'<row><c t="inlineStr"><is><t></t></is></c></row>' * 30_000))


@pytest.mark.parametrize(
    "rows",
    [
        b"<row>" + b"<c/>" * 2_000_000 + b"</row>",
        b"<row/>" * 2_000_000,
        b'<row><c t="inlineStr"><is>' + b"<r/>" * 2_000_000 + b"</is></c></row>",
        b"<row " + b" ".join(b'a%x=""' % at for at in range(100_000)) + b"/>",
        b"<row " + b" ".join(b'a%x=""' % at for at in range(2_000)) + b"/>",
        b"<row " + b" ".join(b'xmlns:a%x="u"' % at for at in range(2_000)) + b"/>",
    ],
)
def test_a_small_file_of_too_many_elements_or_attributes_is_refused_before_they_are_held(rows: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(BadInput, match="too large"):
            read_file("numbers.xlsx", sheet_of(rows))
        assert tracemalloc.get_traced_memory()[1] < 80_000_000
    finally:
        tracemalloc.stop()


def test_a_part_of_millions_of_elements_beside_the_sheet_is_refused_too() -> None:
    file = io.BytesIO(excel(["phone"], ["919876543210"]))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/more.xml", b"<styleSheet>" + b"<xf/>" * 400_000 + b"</styleSheet>")

    with pytest.raises(BadInput, match="too large"):
        read_file("numbers.xlsx", file.getvalue())


def test_a_sheet_that_brings_its_own_entities_is_refused() -> None:
    begin = b'<!DOCTYPE a [<!ENTITY a "919876543210">]><worksheet>'
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", begin + b"<sheetData>&a;</sheetData></worksheet>")

    with pytest.raises(BadInput, match="not an Excel file"):
        read_file("numbers.xlsx", file.getvalue())


def test_a_wide_and_long_sheet_that_a_person_made_is_read() -> None:
    cells = b"".join(b'<c r="%c2"><v>919876543210</v></c>' % letter for letter in b"ABCDEFGHIJ")

    written = read_file(
        "numbers.xlsx",
        sheet_of(b'<row><c t="inlineStr"><is><t>Phone</t></is></c></row>' + b"<row>" + cells + b"</row>"),
    )

    assert written == ["919876543210"]


def test_a_sheet_that_says_it_is_smaller_than_it_is_gives_all_its_numbers() -> None:
    rows = b"".join(b'<row r="%d"><c r="A%d"><v>91987654321%d</v></c></row>' % (at, at, at) for at in range(1, 4))

    assert len(read_file("numbers.xlsx", sheet_of(rows))) == 3


def bomb() -> bytes:
    """64 kB that would become 65 MB."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/sharedStrings.xml", "w") as part:
        for _ in range(65):
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
