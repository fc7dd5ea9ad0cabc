"""Cutting texts where a reader would, in the unit that a messenger counts."""

import re
import unicodedata
from typing import Literal

Unit = Literal["characters", "utf16", "bytes"]

_ENCODING = {"utf16": "utf-16-le", "bytes": "utf-8"}
_WIDTH = {"utf16": 2, "bytes": 1}
_BREAKS = tuple(re.compile(pattern) for pattern in (r"\n\s*\n", r"\n", r"(?<=[.!?…。])\s", r"\s"))
"""Paragraph, line, sentence, word: the first that is found in the later half of what fits is taken."""
_LONGEST_CLUSTER = 64
_JOINER = "\u200d"


def measure(text: str, unit: Unit) -> int:
    """How long a messenger finds the text."""
    if unit == "characters":
        return len(text)
    return len(text.encode(_ENCODING[unit], "replace")) // _WIDTH[unit]


def fits(text: str, limit: int, unit: Unit) -> bool:
    """Whether the text is at most `limit` long; a short text is not measured."""
    return len(text) * 4 <= limit or measure(text, unit) <= limit


def cut(text: str, limit: int) -> str:
    """The text, or its beginning and "…": at most `limit` characters."""
    return text if len(text) <= limit else text[: _seam(text, max(limit - 1, 0))].rstrip() + "…"


def split(text: str, limit: int, unit: Unit) -> list[str]:
    """The text in parts of at most `limit`, together all of it but blanks at the seams; no part is blank."""
    parts = []
    rest = text
    while not fits(rest, limit, unit):
        end, following = _break(rest, _room(rest, limit, unit))
        parts.append(rest[:end].rstrip())
        rest = rest[following:]
    return [part for part in (*parts, rest) if part.strip()]


def _room(text: str, limit: int, unit: Unit) -> int:
    """How many characters of a text that is too long fit; at least one, so that cutting goes on."""
    if unit == "characters":
        return max(limit, 1)
    width = _WIDTH[unit]
    # A character takes at least one unit, so what lies beyond `limit` characters need not be encoded.
    whole = text[:limit].encode(_ENCODING[unit], "replace")[: limit * width]
    return max(len(whole.decode(_ENCODING[unit], "ignore")), 1)


def _break(text: str, room: int) -> tuple[int, int]:
    """Where the part ends and where the rest begins."""
    window = text[: room + 1]
    for pattern in _BREAKS:
        last = _last(pattern, window, room // 2)
        if last is not None:
            return last
    word = _last(_BREAKS[-1], window, 1)
    if word is not None:
        return word
    seam = _seam(text, room)
    return seam, seam


def _last(pattern: re.Pattern[str], window: str, earliest: int) -> tuple[int, int] | None:
    found = None
    for match in pattern.finditer(window, earliest):
        found = match.span()
    return found


def _seam(text: str, room: int) -> int:
    """The last place up to `room` that parts no cluster (flag, accent, joined emoji), if one is near."""
    for place in range(room, max(room - _LONGEST_CLUSTER, 0), -1):
        if not _inside_cluster(text, place):
            return place
    return room


def _inside_cluster(text: str, place: int) -> bool:
    before, after = text[place - 1 : place], text[place : place + 1]
    if not before or not after:
        return False
    if _JOINER in (before, after) or (before, after) == ("\r", "\n"):
        return True
    if unicodedata.category(after) in ("Mn", "Me", "Mc") or "\U0001f3fb" <= after <= "\U0001f3ff":
        return True
    return _is_flag(after) and _flags_before(text, place) % 2 == 1


def _is_flag(character: str) -> bool:
    """Regional indicators: two of them are a flag."""
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _flags_before(text: str, place: int) -> int:
    count = 0
    while place > count and _is_flag(text[place - count - 1]):
        count += 1
    return count
