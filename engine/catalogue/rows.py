"""One row of a catalogue's table: what it offers, or what is wrong with it."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from engine.catalogue.columns import SECTIONS, Column, Heading
from engine.sheet_reading import Line
from flows.trade.money import minor

MOST_PICTURES = 10
_LONGEST: dict[Column, int] = {
    **dict.fromkeys(("name", "option name", *SECTIONS), 200),
    "sku": 100,
    "option sku": 100,
    "description": 4000,
}
_LONGEST_ADDRESS = 2000
_ADDRESS = re.compile(r"https?://[^\s/?#]+[^\s]*", re.I)
_AMOUNT = re.compile(r"\d{1,16}(\.\d*)?")
_WHOLE = re.compile(r"(\d{1,18})(?:[.,]0{1,2})?")
"""Programs write `5.0` where a column has empty cells; `1,000` may be a thousand, and is not guessed."""
_SPACES = re.compile(r"[\s\u00a0\u202f'\u2019]")
_YES = {"1", "yes", "y", "true", "да", "sí", "si", "x", "+"}
_NO = {"0", "no", "n", "false", "нет", "-"}


class Bad(NamedTuple):
    """What is wrong in a line, and what to do.  `column` as the table calls it; empty: the whole line."""

    line: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}{f', {self.column}' if self.column else ''}: {self.message}"


class Offer(NamedTuple):
    """What a row says.  A column that the table lacks is not in `given`; a cell may be empty."""

    line: int
    given: dict[Column, str]
    sections: tuple[str, ...] | None
    pictures: tuple[str, ...]
    active: bool | None
    id: int | None
    option_id: int | None
    price: int | None
    old_price: int | None
    stock: int | None
    priority: int | None

    def text(self, column: Column) -> str:
        return self.given.get(column, "")


def is_address(text: str) -> bool:
    """Whether a picture can be fetched from there."""
    return len(text) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None


class Row:
    """Reads a line; what is wrong gathers in `bad`."""

    def __init__(self, line: Line, heading: Heading, currency: str) -> None:
        self._line = line
        self._heading = heading
        self._currency = currency
        self.bad: list[Bad] = []

    def offer(self) -> Offer:
        """Raises nothing; what it gives counts only if nothing is bad."""
        places = self._heading.places
        given = {column: self._cell(column, place) for column, place in places.items()}
        for column, most in _LONGEST.items():
            if len(given.get(column, "")) > most:
                self._complain(column, f"This is longer than {most:,} characters. Shorten it.")
        priority = self._whole(given, "category sort priority")
        return Offer(
            line=self._line.number,
            given=given,
            sections=self._sections(given),
            pictures=tuple(self._pictures(given)),
            active=self._active(given),
            id=self._whole(given, "id"),
            option_id=self._whole(given, "option id"),
            price=self._amount(given, "price"),
            old_price=self._amount(given, "old price"),
            stock=self._whole(given, "stock"),
            priority=priority,
        )

    def _cell(self, column: str, place: int) -> str:
        if place in self._line.reckoned:
            self._complain(column, "This is a formula. Put its value there instead.")
        return self._line.cells[place] if place < len(self._line.cells) else ""

    def _complain(self, column: str, message: str) -> None:
        self.bad.append(Bad(self._line.number, column, message))

    def _sections(self, given: dict[Column, str]) -> tuple[str, ...] | None:
        if not given.keys() & set(SECTIONS):
            return None
        path = [given.get(column, "") for column in SECTIONS]
        filled = tuple(title for title in path if title)
        if path[: len(filled)] != list(filled):
            empty = SECTIONS[path.index("")]
            self._complain(
                empty, "A section before this row's last one is empty. Name it, or move the others up."
            )
        return filled

    def _pictures(self, given: dict[Column, str]) -> Iterator[str]:
        found = [one.strip() for one in re.split(r"[|\n]", given.get("photo", "")) if one.strip()]
        if len(found) > MOST_PICTURES:
            self._complain("photo", f"These are more than {MOST_PICTURES} pictures. Leave some out.")
        yield from found

    def _active(self, given: dict[Column, str]) -> bool | None:
        hidden = self._heading.hidden
        told = {
            "active": self._yes_no("active", given.get("active", "")),
            "hidden": self._yes_no("hidden", "" if hidden is None else self._cell("hidden", hidden)),
        }
        if told["hidden"] is None:
            return told["active"]
        return not told["hidden"] and told["active"] is not False

    def _yes_no(self, column: str, text: str) -> bool | None:
        word = text.lower()
        if word in _YES or word in _NO:
            return word in _YES
        if word:
            self._complain(column, "This is neither yes nor no. Write yes or no, 1 or 0.")
        return None

    def _whole(self, given: dict[Column, str], column: Column) -> int | None:
        text = _SPACES.sub("", given.get(column, ""))
        if not text:
            return None
        whole = _WHOLE.fullmatch(text)
        if whole is None:
            self._complain(column, "This must be a whole number, not below 0. Write only its digits.")
            return None
        return int(whole[1])

    def _amount(self, given: dict[Column, str], column: Column) -> int | None:
        text = _SPACES.sub("", given.get(column, ""))
        if not text:
            return None
        if text.startswith(("-", "\u2212")):
            self._complain(column, "An amount cannot be negative.")
            return None
        plain = _with_point(text)
        if not _AMOUNT.fullmatch(plain):
            self._complain(
                column, "This is not a number. Write an amount such as 3.50, without the currency."
            )
            return None
        found = minor(plain, self._currency)
        if found is None:
            message = f"{self._currency} has no amount so fine or so large. Write fewer digits."
            self._complain(column, message)
        return found


def _with_point(text: str) -> str:
    """A comma for the decimals becomes a point; of commas and points the last kind is the decimals'."""
    if "," in text and "." in text:
        thousands = "," if text.rindex(".") > text.rindex(",") else "."
        text = text.replace(thousands, "")
    return text.replace(",", ".")
