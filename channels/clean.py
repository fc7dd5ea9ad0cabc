"""Texts and bodies from outside, made fit to be stored and sent on."""

import json
import math
from typing import TypeVar

from msgspec import DecodeError, ValidationError
from msgspec.json import Decoder

from flows.plain_text import unwritable

T = TypeVar("T")


def clean(text: str) -> str:
    """The text without NUL, half characters replaced by U+FFFD; two halves that meet become one."""
    if not unwritable(text):
        return text
    return _whole(text).replace("\0", "")


def read(decoder: Decoder[T], body: bytes) -> T | None:
    """What a body of JSON says; None if it has another shape, or is no JSON at all.

    Half characters and bytes that are not UTF-8 become U+FFFD; numbers that are not finite become null.
    """
    try:
        return decoder.decode(body)
    except ValidationError:
        return None
    except (DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return decoder.decode(_strict(body))
    except (DecodeError, RecursionError):
        return None


def _strict(body: bytes) -> bytes:
    """JSON as the strict reader wants it; empty if it is none."""
    try:
        found = json.loads(
            body.decode("utf-8", "replace"), strict=False, parse_constant=_nothing, parse_float=_finite
        )
        return _whole(json.dumps(found, ensure_ascii=False)).encode()
    except (ValueError, RecursionError):
        return b""


def _whole(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _nothing(_constant: str) -> None:
    return None


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None
