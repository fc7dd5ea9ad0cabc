"""Tables for spreadsheets: nothing in them is reckoned, and nothing is lost."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from engine.sheets import CsvSheet, Row, XlsxSheet, guarded, is_reckoned, sheet_of, unguarded

RECKONED = [
    "=1+1",
    "+49 30 123",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\tx",
    "\rx",
    " =1",
    "\u00a0=1",
    "\u200b=1",
    "\ufeff=1",
    "\x01=1",
    "\u3000=1",
    "\uff1d1+1",
    "\uff0b1",
    "\uff0d1",
    "\uff20A1",
    " \t \u2003\uff1d1",
]
PLAIN = [
    "",
    "Ann",
    "1-1",
    "a=b",
    "'",
    "''",
    "mail@shop.example",
    " Ann",
    "—",
    "\u20131",
    "÷",
    "'Ann'",
    "\nAnn",
    "a;b",
    "a-b; c - d",
]
PARTED = {
    "x;=1+1;": "x;'=1+1;",
    "x; \uff1d1": "x;' \uff1d1",
    "\n=1": "\n'=1",
    "a\r\n- b\n- c": "a\r\n'- b\n'- c",
    "=1;'=2": "'=1;''=2",
}


@pytest.mark.parametrize("text", RECKONED, ids=ascii)
def test_what_a_spreadsheet_may_reckon_is_written_behind_an_apostrophe(text: str) -> None:
    assert is_reckoned(text)
    assert guarded(text) == f"'{text}"
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("text", PARTED, ids=ascii)
def test_nor_is_what_stands_behind_a_semicolon_or_a_new_line(text: str) -> None:
    assert is_reckoned(text)
    assert guarded(text) == PARTED[text]
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("text", PLAIN, ids=ascii)
def test_what_no_spreadsheet_reckons_is_written_as_it_is(text: str) -> None:
    assert guarded(text) == unguarded(text) == text


@given(st.text() | st.text("=-'; \t\r\n\u200bx"))
def test_no_guarded_text_is_reckoned_and_every_one_comes_back(text: str) -> None:
    assert not is_reckoned(guarded(text))
    assert unguarded(guarded(text)) == text


def rows_of_csv(rows: list[Row]) -> list[list[str]]:
    with sheet_of(["a", "b"], rows, "csv") as file:
        body = file.read()
    assert body.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def test_csv_is_what_it_says() -> None:
    rows: list[Row] = [["Ann, «Tea»", 'a "quote"'], ["two\r\nlines", -1.5], [10**20, 0]]
    assert rows_of_csv(rows) == [
        ["a", "b"],
        ["Ann, «Tea»", 'a "quote"'],
        ["two\r\nlines", "'-1.5"],
        [str(10**20), "0"],
    ]


@pytest.mark.parametrize(
    "text", [*RECKONED, "{=1}", "_x000D_", "a\x00\x1f\ufffeb", "'=1", "x" * 40_000], ids=ascii
)
def test_a_text_in_xlsx_is_a_text_whatever_it_says(text: str) -> None:
    with sheet_of([text], [[text]], "xlsx") as file:
        book = load_workbook(file)
        cells = [cell for row in book.active.iter_rows() for cell in row]
        book.close()
    assert [cell.data_type for cell in cells] == ["s", "s"]


def test_a_number_in_xlsx_is_a_number_unless_it_would_be_rounded() -> None:
    with sheet_of(["a", "b", "c"], [[5, -1.5, 10**15]], "xlsx") as file:
        book = load_workbook(file)
        ((*_,), cells) = book.active.iter_rows()
        found = [(cell.data_type, cell.value) for cell in cells]
        book.close()
    assert found == [("n", 5), ("n", -1.5), ("s", "1000000000000000")]


@pytest.mark.parametrize("kind", [CsvSheet, XlsxSheet])
def test_a_sheet_that_is_not_finished_leaves_nothing_behind(
    kind: type[CsvSheet | XlsxSheet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    sheet = kind()
    sheet.add([["a"]])
    sheet.tidy()
    assert list(tmp_path.iterdir()) == []
