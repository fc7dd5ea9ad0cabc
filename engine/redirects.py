"""Where an answer sends a question on to, and what of the question goes along.  Pure.

Who answers at the new address may be somebody else, so it is told no more than it must know.
"""

import re
from typing import NamedTuple

from yarl import URL

MOST_REDIRECTS = 3

_SENT_ON = frozenset((301, 302, 303, 307, 308))
_SAME_AGAIN = frozenset((307, 308))
_CREDENTIAL = re.compile(
    r"auth|cookie|token|secret|key|pass|pwd|session|sign|credential|jwt|bearer|csrf|xsrf|otp|login|account",
    re.IGNORECASE,
)
_OF_BODY = re.compile(r"content-", re.IGNORECASE)


class Question(NamedTuple):
    """A request as it goes out.  `headers` may hold credentials and must not be logged."""

    method: str
    url: URL
    headers: dict[str, str]
    body: bytes | None


def sent_on(asked: Question, status: int, location: str | None) -> Question | None:
    """The question for the next address; None where the answer is to be taken as it stands.

    So it is where there is no address that can be read, and where one would lead from https to http.
    Whether the address may be asked at all is not judged here.
    """
    if status not in _SENT_ON or not location:
        return None
    try:
        url = asked.url.join(URL(location))
        goes_on = _origin(url)
    except ValueError:
        return None
    if asked.url.scheme == "https" and url.scheme == "http":
        return None
    is_same = goes_on == _origin(asked.url)
    headers = asked.headers if is_same else _without(_CREDENTIAL, asked.headers)
    if _keeps_method(asked.method, status):
        return Question(asked.method, url, headers, asked.body)
    return Question("GET", url, _without(_OF_BODY, headers), None)


def _origin(url: URL) -> tuple[str, str | None, int | None]:
    """Raises ValueError for what is no web address."""
    _ = url.origin()
    return url.scheme, url.raw_host, url.port


def _keeps_method(method: str, status: int) -> bool:
    """As browsers have it: 303 asks with GET, and so do 301 and 302 after a POST."""
    return status in _SAME_AGAIN or (status != 303 and method != "POST")


def _without(names: re.Pattern[str], headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if not names.search(name)}
