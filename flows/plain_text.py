"""What may stand in a text at all."""

import re

_UNWRITABLE = re.compile("[\0\ud800-\udfff]")


def unwritable(text: str) -> bool:
    """Whether a text holds what neither a database nor a messenger takes: NUL, half a character."""
    return _UNWRITABLE.search(text) is not None
