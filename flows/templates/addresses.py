"""Addresses with templates in them: a value stays within its place, and never chooses the host."""

import re
from collections.abc import Callable
from urllib.parse import quote, unquote, urlsplit

_PLACE = re.compile(r"(\{\{.*?\}\})", re.DOTALL)
_ORIGIN = re.compile(r"https?://[^/?#\s{}\\@]+(?=[/?#]|$)", re.IGNORECASE)
_LONGEST_URL = 8000
# What an author writes himself stays as it is, but for spaces and letters beyond ASCII.
_KEPT = "%/:?#[]@!$&'()*+,;=~"


class UrlFault(Exception):
    """An address that must not be used, and why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def check_url(template: str) -> None:
    """Raises UrlFault unless the address has a fixed http(s) host, and only `{{ }}` after it."""
    origin = _ORIGIN.match(template.strip())
    if origin is None:
        raise UrlFault("The address must begin with https:// and a host without variables.")
    if re.search(r"\{[%#]", template):
        raise UrlFault("Only variables in {{ }} may stand in an address. Put conditions into another step.")
    try:
        _ = urlsplit(origin[0]).port
    except ValueError:
        raise UrlFault("The host of the address is not right. Check it.") from None


def filled_url(template: str, render: Callable[[str], str]) -> str:
    """The address with its values percent-encoded where they stand.  Raises UrlFault.

    A value that would lead to another folder (`..`) is refused.
    """
    check_url(template)
    pieces = _PLACE.split(template.strip())
    url = "".join(quote(render(p), safe="") if p.startswith("{{") else quote(p, safe=_KEPT) for p in pieces)
    if len(url) > _LONGEST_URL:
        raise UrlFault("The address became too long.")
    if any(unquote(part) in (".", "..") for part in urlsplit(url).path.split("/")):
        raise UrlFault("A value in the address would lead to another folder.")
    return url
