"""Lines as they are typed or piped in, waited for no longer than something else has time."""

import os
import select

LONGEST_LINE = 100_000


class Lines:
    """The lines of a file descriptor, as raw bytes.  Reads no further than it is asked for."""

    def __init__(self, descriptor: int = 0) -> None:
        self._descriptor = descriptor
        self._read = b""
        self._ended = False

    def next(self, seconds: float | None = None) -> bytes | None:
        """The next line with its line break; empty at the end, None if none came within `seconds`."""
        while (line := self._line()) is None:
            try:
                ready, _, _ = select.select([self._descriptor], [], [], seconds)
                if not ready:
                    return None
                more = os.read(self._descriptor, 65_536)
            except OSError:  # closed before we began: nobody will type anything
                more = b""
            self._ended = not more
            self._read += more
        return line

    def _line(self) -> bytes | None:
        line, mark, rest = self._read.partition(b"\n")
        if not (mark or self._ended or len(self._read) > LONGEST_LINE):
            return None
        self._read = rest
        return line + mark
