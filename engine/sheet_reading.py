"""Tables out of files that strangers made: CSV in any usual form, and XLSX that may mean harm."""

import csv
import io
import re
import warnings
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from threading import Lock
from typing import NamedTuple
from xml.etree.ElementTree import ParseError
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo
from zlib import error as Inflation

from engine.sheets import UNWRITABLE, unguarded

MOST_ROWS = 10_000
MOST_COLUMNS = 64
MOST_UNPACKED = 50_000_000
MOST_PARTS = 500
MOST_TAGS = 2_000_000
"""Of all parts.  A tag takes a hundred times its bytes when it is read, and most of the time there is."""
_MOST_IN_ROW = 150_000
_MOST_IN_TEXTS = 600_000
_MOST_BESIDE = 60_000
"""Of what is neither a sheet nor its texts: styles above all."""
_LAST_ROW = 100_000
"""Of a sheet; behind it there may be a million rows that are only coloured."""
_SEPARATORS = (",", ";", "\t")
_PACKED = (b"PK\x03\x04", b"PK\x05\x06")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_LONGEST_TAG = 100_000
# The parser begins anew with every bit of what has not ended: a long tag would take minutes.
_LONG_TAG = re.compile(rb"<[^<>]{%d}" % _LONGEST_TAG)
_ASIDE = re.compile(rb"<(?:!--|!\[CDATA\[|\?)")
_ROW_ENDS = re.compile(rb"</(?:\w+:)?row\b|\Z")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
# What openpyxl raises on parts that are not as they should be.
_BROKEN = (
    *(BadZipFile, Inflation, ParseError, EOFError, OSError, NotImplementedError),
    *(ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError),
)
_one_at_a_time = Lock()


class Unreadable(Exception):
    """The file is no table; the message says what to do."""


class Line(NamedTuple):
    """A row that is not empty.  `reckoned`: the cells that hold a formula, or what came of a broken one."""

    number: int
    cells: Sequence[str]
    reckoned: frozenset[int] = frozenset()


class Lines(NamedTuple):
    """`beyond`: the first line that was too much to read; 0: all is there."""

    lines: list[Line]
    beyond: int = 0


def read_lines(content: bytes) -> Lines:
    """The rows of a file, the heading among them.  Takes its time.  Raises Unreadable."""
    found = _of_xlsx(content) if content.startswith(_PACKED) else _of_csv(_decoded(content))
    lines: list[Line] = []
    for line in found:
        if not any(line.cells) and not line.reckoned:
            continue
        if len(lines) > MOST_ROWS:
            return Lines(lines, line.number)
        lines.append(line)
    return Lines(lines)


def _decoded(content: bytes) -> str:
    if content.startswith(_UTF16):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Old spreadsheets in Russian; in others letters with accents come out wrong, and are seen to.
        return content.decode("cp1251", "replace")


def _of_csv(text: str) -> Iterator[Line]:
    begin = text[: 1 << 16]
    separator = max(_SEPARATORS, key=lambda one: _width(begin, one))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    number = 1
    try:
        for cells in reader:
            # There may be millions of lines in which is nothing.
            if "".join(cells).strip():
                yield Line(number, [tidied(unguarded(cell)) for cell in cells[:MOST_COLUMNS]])
            number = reader.line_num + 1
    except csv.Error:
        message = f"Line {number} holds a cell without an end. Close its quotation mark, or shorten it."
        raise Unreadable(message) from None


def _width(text: str, separator: str) -> int:
    """How many cells the first row has in which is anything."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        return next((len(row) for row in rows if "".join(row).strip()), 0)
    except csv.Error:
        return 0


def _of_xlsx(content: bytes) -> Iterator[Line]:
    with _one_at_a_time, warnings.catch_warnings():
        # It remarks on all that it leaves out, and that is no concern of ours.
        warnings.simplefilter("ignore")
        try:
            yield from list(_first_sheet(content))
        except _BROKEN:
            message = "The file cannot be read as XLSX. Open it in a spreadsheet, and save it anew."
            raise Unreadable(message) from None


def _first_sheet(content: bytes) -> Iterator[Line]:
    from openpyxl import load_workbook

    with ZipFile(io.BytesIO(content)) as package:
        _inspect(package)
    book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    try:
        rows = book.worksheets[0].iter_rows(max_row=_LAST_ROW, max_col=MOST_COLUMNS)
        filled, gap = 0, None
        for number, row in enumerate(rows, 1):
            if row is gap:
                continue  # of rows that are not there it gives the same one again and again
            reckoned = frozenset(n for n, cell in enumerate(row) if cell.data_type in ("f", "e"))
            cells = [_text(cell.value) if n not in reckoned else "" for n, cell in enumerate(row)]
            if reckoned or any(cells):
                filled += 1
                yield Line(number, cells, reckoned)
            else:
                gap = row
            if filled > MOST_ROWS + 1:
                return
    finally:
        book.close()


def _inspect(package: ZipFile) -> None:
    """Raises Unreadable for a package that is small only as long as it is packed, or names other files."""
    parts = package.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Unreadable(_TOO_MUCH)
    tags = beside = 0
    for part in parts:
        if part.flag_bits & 1 or part.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise Unreadable("The file is protected or packed in an unusual way. Save it without a password.")
        if part.filename.endswith((".xml", ".rels", ".vml")):
            found = _check_part(package, part)
            tags += found
            beside += found if _most_tags(part) == _MOST_BESIDE else 0
    if tags > MOST_TAGS or beside > _MOST_BESIDE:
        raise Unreadable(_TOO_MUCH)


_TOO_MUCH = "The file unpacks to more than a table of this size has. Save only its one sheet."


def _most_tags(part: ZipInfo) -> int:
    if part.filename.startswith("xl/worksheets/"):
        return MOST_TAGS
    return _MOST_IN_TEXTS if part.filename == "xl/sharedStrings.xml" else _MOST_BESIDE


def _check_part(package: ZipFile, part: ZipInfo) -> int:
    """How many tags it has."""
    text = package.read(part)
    # XML of a spreadsheet is UTF-8 and declares nothing; entities could be endless, or other people's files.
    if b"<!" in text.replace(b"<!--", b"").replace(b"<![CDATA[", b"") or b"\0" in text:
        raise Unreadable("The file holds declarations that no spreadsheet writes. Save it anew.")
    tags = text.count(b"<")
    if (
        tags > _most_tags(part)
        or _is_endless(text)
        or (tags > _MOST_IN_ROW and _longest_row(text) > _MOST_IN_ROW)
    ):
        raise Unreadable(_TOO_MUCH)
    return tags


def _is_endless(text: bytes) -> bool:
    """Whether a tag, a remark or the like is longer than any that a spreadsheet writes."""
    ends = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}
    asides = _ASIDE.finditer(text)
    return _LONG_TAG.search(text) is not None or any(
        text.find(ends[one[0]], one.end(), one.end() + _LONGEST_TAG) < 0 for one in asides
    )


def _longest_row(text: bytes) -> int:
    """How many tags are read before they are put away; of a part without rows all."""
    ends = [end.start() for end in _ROW_ENDS.finditer(text)]
    return max(text.count(b"<", begin, end) for begin, end in pairwise([0, *ends]))


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            # A spreadsheet shows fifteen digits; what is behind them is no one's.
            return format(Decimal(format(value, ".15g")), "f")
        case str():
            return tidied(unguarded(_ESCAPED.sub(_character, value)))
    return str(value)


def _character(escaped: re.Match[str]) -> str:
    return chr(int(escaped[1], 16))


def tidied(text: str) -> str:
    """As every text of a table is read: no characters that cannot be kept, one kind of line ends."""
    return UNWRITABLE.sub("", text).replace("\r\n", "\n").replace("\r", "\n").strip()
