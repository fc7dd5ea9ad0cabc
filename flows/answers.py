"""What a person wrote, understood: a number, a phone number, an e-mail address, or None if it is none."""

import re
import unicodedata

import phonenumbers

from flows.events import Contact

MOST = 10**15
"""Numbers are kept up to this, either way: what templates can calculate with."""

_LONGEST = 60
_GROUPED = re.compile(r"([0-9]{1,3})(?:([ ',.])[0-9]{3})(?:\2[0-9]{3})*")
_COORDINATES = re.compile(
    r"([+-]?[0-9]{1,3}(?:\.[0-9]{1,15})?)\s*[,;\s]\s*([+-]?[0-9]{1,3}(?:\.[0-9]{1,15})?)"
)
_LABEL = r"[^\W_](?:[^\W_]|-){0,61}(?<!-)\."
_MAILBOX = re.compile(
    rf"[^\s@\"(),:;<>\[\]\\]{{1,64}}@((?:{_LABEL})+(?:[^\W\d_]{{2,63}}|xn--[a-zA-Z0-9-]{{2,59}}))"
)


def number(text: str) -> int | float | None:
    """A number as people write it: `1 000,5`, `1,000.50`, `-3`; whole numbers come as int.

    With both separators the last one is the decimal one.  A lone comma before exactly three digits
    groups (`1,000` is a thousand); a lone point never does.  None beyond MOST either way.
    """
    if len(text) > _LONGEST:
        return None
    plain = plain_digits(text).strip()
    sign = -1 if plain[:1] == "-" else 1
    digits = _ungrouped(plain[1:].lstrip() if plain[:1] in ("-", "+") else plain)
    if digits is None:
        return None
    value = float(digits)
    if value > MOST:
        return None
    return sign * (int(value) if value.is_integer() else value)


def plain_digits(text: str) -> str:
    """With ASCII digits, spaces and minus; apostrophes as people group with them."""
    folded = unicodedata.normalize("NFKC", text).translate({0x2212: "-", 0x2019: "'"})
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in folded)


def _ungrouped(text: str) -> str | None:
    whole, point, rest = _cut(text)
    grouped = _GROUPED.fullmatch(whole)
    if grouped and grouped[2] and whole.startswith("0"):
        return None
    if grouped:
        whole = re.sub(r"[^0-9]", "", whole)
    well = re.fullmatch(r"[0-9]*", whole) and re.fullmatch(r"[0-9]+", rest if point else whole)
    return f"{whole or 0}.{rest or 0}" if well else None


def _cut(text: str) -> tuple[str, str, str]:
    """The whole part, the decimal separator, and what follows it."""
    at = max(text.rfind(","), text.rfind("."))
    mark = text[at] if at >= 0 else ""
    lone_comma = mark == "," and bool(re.fullmatch(r"[1-9][0-9]{0,2},[0-9]{3}", text))
    if not mark or text.count(mark) > 1 or lone_comma:
        return text, "", ""
    return text[:at], mark, text[at + 1 :]


def phone(text: str, region: str = "") -> str | None:
    """A phone number in E.164 (`+12125550123`).

    Without a country code it is read as one of `region`, two capital letters; None without a region.
    """
    try:
        found = phonenumbers.parse(text[:_LONGEST], region or None)
    except phonenumbers.NumberParseException:
        return None
    return _e164(found) if phonenumbers.is_valid_number(found) else None


def shared_phone(contact: Contact) -> str | None:
    """The number of a shared contact in E.164.  Messengers leave the plus out."""
    digits = re.sub(r"[^0-9]", "", contact.phone[:_LONGEST])
    return f"+{digits}" if 7 <= len(digits) <= 15 else None


def _e164(found: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)


def email(text: str) -> str | None:
    """An e-mail address; its domain in small letters."""
    trimmed = text.strip()
    found = _MAILBOX.fullmatch(trimmed) if len(trimmed) <= 254 else None
    name = trimmed.partition("@")[0]
    if found is None or name.startswith(".") or name.endswith(".") or ".." in name:
        return None
    return f"{name}@{found[1].lower()}"


def coordinates(text: str) -> tuple[float, float] | None:
    """Latitude and longitude in degrees, as maps write them: `55.75, 37.62`."""
    found = _COORDINATES.fullmatch(plain_digits(text).strip()) if len(text) <= _LONGEST else None
    if found is None:
        return None
    latitude, longitude = float(found[1]), float(found[2])
    return (latitude, longitude) if on_earth(latitude, longitude) else None


def on_earth(latitude: float, longitude: float) -> bool:
    return abs(latitude) <= 90 and abs(longitude) <= 180
