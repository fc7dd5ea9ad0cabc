"""Botique with one turn a batch, to compare with: `python -m tests.benchmarks.unbatched serve`."""

from typing import TypeVar

from engine import receive
from engine.batches import Batches

T = TypeVar("T")
AT_ONCE = 10
"""As many as the pool has connections: each turn is committed by itself, beside others."""


class Unbatched(Batches[T]):
    def __init__(self, take, **asked) -> None:  # type: ignore[no-untyped-def]  # whatever Batches takes
        super().__init__(take, **{**asked, "most": 1, "at_once": AT_ONCE})


if __name__ == "__main__":
    from constructor_api.command_line import main

    receive.__dict__["Batches"] = Unbatched  # where batches are made
    main()
