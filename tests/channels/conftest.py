import asyncio
from collections.abc import Callable

import pytest
import uvloop

from tests.channels.emulator import emulator, emulator_url

__all__ = ["emulator", "emulator_url"]

_ON_SOCKETS = ("test_sender", "test_wire")


def pytest_asyncio_loop_factories(item: pytest.Item) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """What speaks with sockets itself must do so on both loops."""
    plain: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"asyncio": asyncio.new_event_loop}
    return plain | {"uvloop": uvloop.new_event_loop} if item.path.name.startswith(_ON_SOCKETS) else plain
