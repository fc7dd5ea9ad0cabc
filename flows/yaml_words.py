"""What a plain word of YAML means, and what YAML can hold.

It is the core schema of YAML 1.2 without its surprises: a phone number +7999, a code 007 or 0x1F
and a numbering such as "1." stay texts.
"""

import math
import re

from flows.json_value import JSON
from flows.plain_text import unwritable

MAX_BYTES = 2_000_000
MAX_DEPTH = 40
# A flow of 5,000 messages, each with a menu item, is half of it.
MAX_VALUES = 200_000

# What every reader takes as it stands: no control characters, none of Unicode's line breaks
# (NEL, LS, PS) and no byte order mark inside of a text.
AS_IT_STANDS = "\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff"

_WORDS: dict[str, JSON] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"-?((0|[1-9][0-9]*)(\.[0-9]+)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
_LONGEST_NUMBER = 400
_TOO_BIG = "A number is too big. If it is a code or a phone number, put it in quotes."


class YamlFault(Exception):
    """What is wrong with a YAML text; the line, counted from 1, where it is known."""

    def __init__(self, line: int | None, reason: str) -> None:
        super().__init__(reason if line is None else f"line {line}: {reason}")
        self.line = line
        self.reason = reason


def is_text(word: str) -> bool:
    """Whether an unquoted word stands for itself."""
    return word not in _WORDS and not (word[-1].isdecimal() and _FLOAT.fullmatch(word))


def meaning(word: str, line: int | None) -> JSON:
    """The value of an unquoted word. Raises YamlFault for a number beyond 64 bits."""
    if word in _WORDS:
        return _WORDS[word]
    if is_text(word):
        return word
    # Python reads a long number in the square of its length, and refuses the longest.
    if len(word) > _LONGEST_NUMBER:
        raise YamlFault(line, _TOO_BIG)
    return checked_number(int(word) if _INTEGER.fullmatch(word) else float(word), line)


def checked_number(value: int | float, line: int | None) -> int | float:
    """The number itself. Raises YamlFault unless it is finite and, if whole, fits 64 bits."""
    if not (-(2**63) <= value < 2**63 if isinstance(value, int) else math.isfinite(value)):
        raise YamlFault(line, _TOO_BIG)
    return value


def checked_text(value: str, line: int | None) -> str:
    """The text itself. Raises YamlFault if it holds NUL or half a surrogate pair."""
    if unwritable(value):
        raise YamlFault(line, "A text holds a character that cannot be written. Type it anew.")
    return value


def too_large() -> YamlFault:
    return YamlFault(None, "The file is larger than 2 MB. Split it.")
