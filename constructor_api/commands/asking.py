"""Secrets that are typed or piped in: never an argument, which everybody on the machine could read."""

import sys

from constructor_api.commands.terminal import Advice

LONGEST = 100_000


def typed_secret(what: str) -> str:
    """From a terminal without showing it, else the whole input.  Raises Advice where there is none."""
    if sys.stdin is None:
        raise Advice(f"{what} is read from the input, and there is none.", code=2)
    if sys.stdin.isatty():
        from getpass import getpass

        text = getpass(f"{what}: ")
    else:
        text = sys.stdin.buffer.read(LONGEST).decode("utf-8", "replace")
    if not text.strip():
        raise Advice(f"{what} is read from the input, and the input is empty.", code=2)
    return text.strip("\r\n")
