"""Tables as files, CSV and XLSX, written so that no spreadsheet reckons with what people typed."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from io import TextIOWrapper
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from openpyxl.cell import Cell as SheetCell
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

Format = Literal["csv", "xlsx"]
Cell = str | int | float | Decimal
Row = Sequence[Cell]

LONGEST_CELL = 32_767
"""What a cell of XLSX can hold; what is beyond is cut off."""
MOST_COLUMNS = 16_384
_EXACT = 10**15
"""A spreadsheet keeps numbers up to here; a longer one is a text."""
# Where a cell begins.  Also behind a semicolon or a new line: where a comma stands in numbers a spreadsheet
# parts cells at semicolons, and our quotation marks are none to it.
_BEGIN = r"(?:\A|(?<=[;\r\n]))"
# Signs, full-width ones too, behind whatever cannot be seen.
_SIGNED = (
    "(?:[^\\S\r\n]|[\x00-\x09\x0b\x0c\x0e-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff])*"
    "[=+@\uff1d\uff0b\uff0d\uff20-]"
)
_RECKONED = re.compile(rf"{_BEGIN}{_SIGNED}|\A[\t\r]")
_TO_GUARD = re.compile(rf"{_BEGIN}(?='*{_SIGNED})|\A(?='*[\t\r])")
_GUARDED = re.compile(rf"{_BEGIN}'(?='*{_SIGNED})|\A'(?='*[\t\r])")
_LIKE_GUARDED = re.compile(rf"{_BEGIN}(?='+{_SIGNED})|\A(?='+[\t\r])")
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What a table cannot hold; it is left out."""
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def is_reckoned(text: str) -> bool:
    """Whether a spreadsheet may take it, or a part that it makes a cell of its own, for a formula."""
    return _RECKONED.search(text) is not None


def guarded(text: str) -> str:
    """With an apostrophe before what would be reckoned; `unguarded` takes it off again."""
    return _TO_GUARD.sub("'", text)


def unguarded(text: str) -> str:
    return _GUARDED.sub("", text)


class Sheet(Protocol):
    """A file that is being written; in a thread of its own, for it waits for the disk."""

    def add(self, rows: Iterable[Row]) -> None: ...
    def finish(self) -> IO[bytes]:
        """The whole file, at its beginning.  It vanishes when it is closed."""

    def tidy(self) -> None:
        """Leave nothing behind of what was not finished."""


class CsvSheet:
    """UTF-8 with the mark that spreadsheets look for, commas, every text guarded."""

    def __init__(self) -> None:
        self._finished = False
        self._file: IO[bytes] = TemporaryFile()  # noqa: SIM115  # it outlives this call
        self._text = TextIOWrapper(self._file, encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._text)

    def add(self, rows: Iterable[Row]) -> None:
        self._writer.writerows([_plain(cell) for cell in row] for row in rows)

    def finish(self) -> IO[bytes]:
        self._text.flush()
        self._text.detach()
        self._file.seek(0)
        self._finished = True
        return self._file

    def tidy(self) -> None:
        if not self._finished:
            self._text.close()


def _plain(cell: Cell) -> str:
    return guarded(f"{cell:f}" if isinstance(cell, Decimal) else str(cell))


class XlsxSheet:
    """Texts as texts and numbers as numbers, nothing as a formula."""

    def __init__(self) -> None:
        from openpyxl import Workbook

        self._finished = False
        self._book = Workbook(write_only=True)
        self._sheet: WriteOnlyWorksheet = self._book.create_sheet("Botique")

    def add(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._sheet.append([self._cell(cell) for cell in row])

    def finish(self) -> IO[bytes]:
        file = TemporaryFile()  # noqa: SIM115  # it outlives this call
        self._book.save(file)
        file.seek(0)
        self._finished = True
        return file

    def tidy(self) -> None:
        if self._finished:
            return
        if not self._sheet.closed:
            self._sheet.close()
        # The library keeps what it has written in a file of its own until the process ends.
        getattr(self._sheet, "_writer").cleanup()  # noqa: B009  # its types hide it

    def _cell(self, cell: Cell) -> "SheetCell | int | float | Decimal":
        from openpyxl.cell import WriteOnlyCell

        if not isinstance(cell, str) and -_EXACT < cell < _EXACT:
            return cell
        text = cell if isinstance(cell, str) else str(cell)
        # An apostrophe of its own would be taken off when it is read as CSV is.
        text = _LIKE_GUARDED.sub("'", text)
        text = _ESCAPE.sub("_x005F_", UNWRITABLE.sub("", text))[:LONGEST_CELL]
        made = WriteOnlyCell(self._sheet, text)
        made.data_type = "s"
        return made


SHEETS: dict[Format, Callable[[], Sheet]] = {"csv": CsvSheet, "xlsx": XlsxSheet}
MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@contextmanager
def begun(format: Format) -> Iterator[Sheet]:
    """An empty sheet."""
    sheet = SHEETS[format]()
    try:
        yield sheet
    finally:
        sheet.tidy()


def sheet_of(columns: Row, rows: Iterable[Row], format: Format) -> IO[bytes]:
    """A whole table."""
    with begun(format) as sheet:
        sheet.add([columns])
        sheet.add(rows)
        return sheet.finish()
