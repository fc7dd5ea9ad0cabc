"""Whatever file a shop has, its rows are read; and no file does harm."""

import io
import zipfile
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from engine.sheet_reading import MOST_ROWS, MOST_UNPACKED, Unreadable, read_lines

TABLE = 'name;price\n"Цвет;\nфильм";3,50\n\nфильм 2;"5"'
ROWS = [["name", "price"], ["Цвет;\nфильм", "3,50"], ["фильм 2", "5"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
@pytest.mark.parametrize("separator", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["unix", "windows"])
def test_csv_is_read_in_every_usual_form(encoding: str, separator: str, end: str) -> None:
    quoted = TABLE.replace("3,50", '"3,50"').replace(";", separator).replace(f"Цвет{separator}", "Цвет;")
    lines, beyond = read_lines(quoted.replace("\n", end).encode(encoding))
    assert [list(line.cells) for line in lines] == ROWS
    assert [line.number for line in lines] == [1, 2, 5]
    assert beyond == 0


def test_lines_in_which_is_nothing_do_not_count() -> None:
    lines, _ = read_lines(b"\n;;\n \nname;price\n" + b" ; \n" * 200_000 + b"Tea;1\n")
    assert [(line.number, list(line.cells)) for line in lines] == [
        (4, ["name", "price"]),
        (200_005, ["Tea", "1"]),
    ]


def test_a_table_whose_first_column_begins_as_packages_do_is_a_table() -> None:
    lines, _ = read_lines(b"PK,name\n1,Tea\n")
    assert [list(line.cells) for line in lines] == [["PK", "name"], ["1", "Tea"]]


def test_a_sheet_with_many_cells_is_read() -> None:
    columns: list[object] = [f"column {n}" for n in range(17)]
    rows: list[list[object]] = [[f"{n} {column}" if n < 3 else 1 for column in columns] for n in range(2_000)]
    lines, _ = read_lines(xlsx(columns, *rows))
    assert len(lines) == 2_001


def test_an_apostrophe_that_guards_a_cell_is_taken_off() -> None:
    lines, _ = read_lines(b"name,sku\n'=1+1,'plain\n")
    assert lines[1].cells == ["=1+1", "'plain"]


def test_a_quotation_mark_that_is_never_closed_is_named() -> None:
    with pytest.raises(Unreadable, match="Line 2 "):
        read_lines(b'name\n"' + b"x\n" * 200_000)


def test_what_is_more_than_a_file_may_have_is_left_out() -> None:
    lines, beyond = read_lines(b"name\n" + b"x\n" * (MOST_ROWS + 5))
    assert len(lines) == MOST_ROWS + 1
    assert beyond == MOST_ROWS + 2


def xlsx(*rows: list[object]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_xlsx_is_read_as_it_is_shown() -> None:
    lines, _ = read_lines(
        xlsx(["name", "price", "stock"], [], ["Tea", 0.1 + 0.2, 5.0], ["Yes", True, 10**14])
    )
    assert [list(line.cells[:3]) for line in lines[1:]] == [
        ["Tea", "0.3", "5"],
        ["Yes", "yes", "100000000000000"],
    ]
    assert [line.number for line in lines] == [1, 3, 4]


def test_a_formula_is_not_read() -> None:
    _, line = read_lines(xlsx(["name"], ["=HYPERLINK(1)"])).lines
    assert line.cells[0] == ""
    assert line.reckoned == {0}


def repacked(content: bytes, change: Callable[[str, bytes], bytes], **more: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, change(part.filename, old.read(part)))
        for name, body in more.items():
            new.writestr(name, body)
    return file.getvalue()


def sheet(old: bytes, new: bytes) -> Callable[[str, bytes], bytes]:
    return lambda name, body: body.replace(old, new) if name.startswith("xl/worksheets") else body


PLAIN = xlsx(["name"], ["Tea"])
LOL = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet'
HARM: dict[str, bytes] = {
    "entities": repacked(PLAIN, sheet(b"<worksheet", LOL)),
    "in UTF-16": repacked(
        PLAIN, lambda name, body: body.decode().encode("utf-16") if name == "xl/styles.xml" else body
    ),
    "a bomb": repacked(PLAIN, lambda _, body: body, bomb=b"\0" * (MOST_UNPACKED + 1)),
    "a thousand parts": repacked(PLAIN, lambda _, body: body, **{f"p{n}": b"" for n in range(1000)}),
    "no workbook": repacked(PLAIN, lambda name, body: b"" if "workbook" in name else body),
    "no sheet": repacked(PLAIN, sheet(b"</sheetData>", b"")),
    "a string that is not there": repacked(
        PLAIN, sheet(b't="inlineStr"><is><t>Tea</t></is>', b't="s"><v>99</v>')
    ),
    "another zip": b"PK\x05\x06" + b"\0" * 18,
    "half a file": PLAIN[: len(PLAIN) // 2],
}


def beside(name: str, old: bytes, new: bytes) -> bytes:
    return repacked(PLAIN, lambda part, body: body.replace(old, new) if part == name else body)


ROW = b'<row r="2">'
HARM |= {
    "a million cells in a row": repacked(PLAIN, sheet(ROW, ROW + b"<c/>" * 1_000_000)),
    "millions of rows": repacked(PLAIN, sheet(ROW, b"<row></row>" * 1_500_000 + ROW)),
    "a million formats": beside("xl/styles.xml", b"</cellXfs>", b"<xf/>" * 1_000_000 + b"</cellXfs>"),
    "a million names": beside("xl/workbook.xml", b"</workbook>", b"<a/>" * 1_000_000 + b"</workbook>"),
    "a million texts": repacked(
        PLAIN, lambda _, body: body, **{"xl/sharedStrings.xml": b"<sst>" + b"<si/>" * 1_000_000 + b"</sst>"}
    ),
    "a tag without an end": repacked(PLAIN, sheet(ROW, ROW + b'<c r="A' + b"1" * 1_000_000 + b'"/>')),
    "a remark without an end": repacked(PLAIN, sheet(ROW, b"<!--" + b"< " * 500_000 + b"-->" + ROW)),
}


@pytest.mark.parametrize("name", HARM)
def test_a_file_that_means_harm_is_refused(name: str) -> None:
    with pytest.raises(Unreadable):
        read_lines(HARM[name])


def test_a_sheet_that_says_it_is_wide_and_long_is_read_where_it_is_filled() -> None:
    far = repacked(PLAIN, sheet(b'<c r="A2"', b'<c r="XFD1048576"'))
    lines, beyond = read_lines(repacked(far, sheet(b'<row r="2"', b'<row r="1048576"')))
    assert [list(line.cells)[:1] for line in lines] == [["name"]]
    assert beyond == 0


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for body in (content, b"PK" + content):
        with suppress(Unreadable):
            read_lines(body)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_broken_xlsx_is_read_or_refused(data: st.DataObject) -> None:
    with zipfile.ZipFile(io.BytesIO(PLAIN)) as package:
        name = data.draw(st.sampled_from([part for part in package.namelist() if part.startswith("xl/")]))
        body = package.read(name)
    at = data.draw(st.integers(0, len(body) - 1))
    broken = body[:at] + data.draw(st.binary(max_size=4)) + body[at + data.draw(st.integers(0, 9)) :]
    with suppress(Unreadable):
        read_lines(repacked(PLAIN, lambda part, old: broken if part == name else old))
