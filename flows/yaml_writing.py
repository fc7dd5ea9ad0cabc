"""Writes plain values as YAML that every reader of YAML, old or new, reads as the same values."""

import re

from flows.json_value import JSON
from flows.yaml_words import (
    AS_IT_STANDS,
    MAX_BYTES,
    MAX_DEPTH,
    MAX_VALUES,
    YamlFault,
    checked_number,
    checked_text,
    is_text,
    too_large,
)

_INDENT = "  "
# YAML finds a key of up to 1024 characters by its colon; a longer one needs a "?" before it.
_LONGEST_PLAIN_KEY = 1000

_ESCAPED = re.compile(f'[^{AS_IT_STANDS}]|["\\\\]')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_BLOCK = re.compile(f"(?![ \n])[\n{AS_IT_STANDS}]+")
_INDICATORS = re.escape(" -?:,[]{}#&*!|>'\"%@`=<~.+")
_WORD = re.compile(f"(?![{_INDICATORS}])[{AS_IT_STANDS}]*(?<![ :])")
# What YAML 1.1 takes for a truth, a number, a date, a time: `no`, 007, 0o17, 12:30, 2026-01-31.
_OLD_WORD = re.compile(r"(?i:y|n|yes|no|on|off)|[0-9][0-9a-fA-FoOxXtTzZ_.:, +-]*")


def dump(value: JSON) -> str:
    """The value as block YAML, keys in the order given, texts of several lines as blocks.

    `load` reads the very same value back. Raises YamlFault for what `load` would refuse: numbers
    beyond 64 bits or not finite, texts that cannot be written, more than 40 levels or 2 MB.
    """
    written = _Writing().top(value)
    if len(written) > MAX_BYTES or len(written.encode()) > MAX_BYTES:
        raise too_large()
    return written


class _Writing:
    """One text being written. A padding is what stands before each line of a block."""

    def __init__(self) -> None:
        self._values = 0
        self._depth = 0

    def top(self, value: JSON) -> str:
        if isinstance(value, (dict, list)):
            return self._block(value, "")
        return f"{_scalar(value, _INDENT)}\n"

    def _block(self, value: dict[str, JSON] | list[JSON], padding: str) -> str:
        """The lines of a list or object; the first one without its padding."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise YamlFault(None, f"The value is nested more than {MAX_DEPTH} levels deep.")
        inner = padding + _INDENT
        if isinstance(value, dict):
            self._values += 2 * len(value)
            lines = [_key(key, padding) + self._after_key(child, inner) for key, child in value.items()]
        else:
            self._values += len(value)
            lines = ["-" + self._after_dash(child, inner) for child in value]
        if self._values >= MAX_VALUES:
            raise YamlFault(None, f"The value has more than {MAX_VALUES} values.")
        self._depth -= 1
        return padding.join(lines) or ("{}\n" if isinstance(value, dict) else "[]\n")

    def _after_key(self, value: JSON, padding: str) -> str:
        if isinstance(value, (dict, list)) and value:
            return f"\n{padding}{self._block(value, padding)}"
        return self._after_dash(value, padding)

    def _after_dash(self, value: JSON, padding: str) -> str:
        if isinstance(value, (dict, list)):
            return f" {self._block(value, padding)}"
        return f" {_scalar(value, padding)}\n"


def _scalar(value: JSON, padding: str) -> str:
    if isinstance(value, str):
        return _text(checked_text(value, None), padding)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(checked_number(value, None))
    if isinstance(value, float):
        written = repr(checked_number(value, None))
        # YAML 1.1 knows a float by its point: 1e+20 would be a text.
        return written if "." in written else written.replace("e", ".0e")
    raise YamlFault(None, f"A {type(value).__name__} cannot be written as YAML.")


def _key(key: str, padding: str) -> str:
    if not isinstance(key, str):
        raise YamlFault(None, f"The key {key!r} is not a text.")
    written = _one_line(checked_text(key, None))
    if len(written) > _LONGEST_PLAIN_KEY:
        return f"? {written}\n{padding}:"
    return f"{written}:"


def _text(text: str, padding: str) -> str:
    if "\n" not in text or not _BLOCK.fullmatch(text):
        return _one_line(text)
    body = text.removesuffix("\n")
    # How YAML writes the end: "-" no line break, "" a single one, "+" all that are there.
    ending = "-" if body is text else "+" if body.endswith("\n") else ""
    lines = [f"{padding}{line}" if line else "" for line in body.split("\n")]
    return "\n".join([f"|{ending}", *lines])


def _one_line(text: str) -> str:
    if _reads_as_itself(text):
        return text
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(character: re.Match[str]) -> str:
    point = ord(character[0])
    return _ESCAPES.get(character[0]) or (f"\\x{point:02x}" if point < 256 else f"\\u{point:04x}")


def _reads_as_itself(text: str) -> bool:
    if not _WORD.fullmatch(text) or ": " in text or " #" in text:
        return False
    return is_text(text) and not _OLD_WORD.fullmatch(text)
