"""What exports look like: every value as it was, nothing that a spreadsheet would compute."""

import csv
import io
import json
import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backoffice.kernel.export import Format, formats
from backoffice.kernel.export.formats import FORMULA, TextTooLong, neutral, writer_of

AT = datetime(2026, 1, 31, 12, 30, 15, tzinfo=UTC)
DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1+1", "  =1+1"]


def written(
    form: Format, rows: list[Sequence[Any]], *, columns: Sequence[str] = ("a", "b"), mark: bool = False
) -> bytes:
    sink = io.BytesIO()
    writer = writer_of(form, sink, columns=columns, with_mark=mark)
    try:
        writer.write(rows)
        writer.end()
    except BaseException:
        writer.abandon()
        raise
    return sink.getvalue()


def sheets(content: bytes) -> list[list[tuple[Any, ...]]]:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    return [list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets]


def test_a_csv_has_a_line_for_each_row_below_the_names_of_its_columns() -> None:
    content = written(Format.CSV, [(1, 'says "hi", twice'), (True, None), (AT, UUID(int=7))])

    assert content == (
        b'a,b\r\n1,"says ""hi"", twice"\r\ntrue,\r\n2026-01-31T12:30:15Z,00000000-0000-0000-0000-000000000007\r\n'
    )


def test_a_csv_begins_with_its_mark_only_where_that_is_asked_for() -> None:
    assert written(Format.CSV, [], mark=True) == b"\xef\xbb\xbfa,b\r\n"
    assert written(Format.CSV, []) == b"a,b\r\n"


def test_json_lines_hold_an_object_for_each_row() -> None:
    lines = written(Format.JSON, [(1, "=1+1"), (AT, ["x"])]).splitlines()

    assert [json.loads(line) for line in lines] == [{"a": 1, "b": "=1+1"}, {"a": "2026-01-31T12:30:15Z", "b": ["x"]}]


def test_an_excel_file_shows_the_same_values() -> None:
    [rows] = sheets(written(Format.XLSX, [(1, "Asha"), (None, True), (AT, date(2026, 1, 31)), (2**60, "a\x01b")]))

    assert rows == [
        ("a", "b"),
        (1, "Asha"),
        (None, True),
        ("2026-01-31T12:30:15Z", "2026-01-31"),
        (str(2**60), "a\ufffdb"),
    ]


@pytest.mark.parametrize("text", DANGEROUS)
def test_what_a_spreadsheet_would_compute_is_shown(text: str) -> None:
    [_, [cell, _]] = csv.reader(io.StringIO(written(Format.CSV, [(text, "")]).decode(), newline=""))
    [[_, (excel, _)]] = sheets(written(Format.XLSX, [(text, "")]))

    assert cell == f"'{text}"
    assert str(excel).startswith("'")


@pytest.mark.parametrize("between", [";", "; ", "\t", "\n", "\r\n"])
@pytest.mark.parametrize("formula", ["=cmd|'/C calc'!A0", "+1", "-1", "@SUM(A1)", "\uff1d1"])
def test_what_another_separator_would_make_a_cell_of_its_own_is_shown_too(between: str, formula: str) -> None:
    rows = written(Format.CSV, [(f"x{between}{formula}", f";{formula}")]).decode()
    [_, cells] = csv.reader(io.StringIO(rows, newline=""))

    assert cells == [f"x{between}'{formula}", f";'{formula}"]


@settings(max_examples=50)
@given(st.text())
def test_no_cell_begins_as_a_formula_does_and_no_text_is_lost(text: str) -> None:
    shown = neutral(text)

    assert not shown.startswith(FORMULA)
    assert shown in (text, f"'{text}")


def test_a_sheet_that_is_full_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "MOST_ROWS_OF_A_SHEET", 3)

    found = sheets(written(Format.XLSX, [(number, "") for number in range(5)]))

    assert [[row[0] for row in sheet] for sheet in found] == [["a", 0, 1], ["a", 2, 3], ["a", 4]]


def test_a_text_that_no_cell_holds_is_refused_rather_than_cut() -> None:
    with pytest.raises(TextTooLong):
        written(Format.XLSX, [("x" * 32_768, "")])


def test_an_abandoned_excel_file_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    writer = writer_of(Format.XLSX, io.BytesIO(), columns=["a"])
    writer.write([(1,)])
    assert list(tmp_path.iterdir())

    writer.abandon()

    assert list(tmp_path.iterdir()) == []
