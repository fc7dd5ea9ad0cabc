"""In the web chat «typing…» is shown, and what follows comes when it was meant to."""

from datetime import UTC, datetime, timedelta

import pytest

from constructor_api.web_chat.lines import Line
from engine.runtime import Engine
from tests.engine.test_typing import typing
from tests.web.live import living

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.asyncio(loop_scope="session")
async def test_typing_is_shown_before_what_follows_and_only_once(engine: Engine) -> None:
    async with living(engine, engine.database, [typing(0.5)]) as live:
        token = await live.newcomer()
        async with live.line(token) as line:
            frames = await line.told("After")
            assert [frame.get("text", frame["t"]) for frame in frames] == [
                "hello",
                "Before",
                "typing",
                "After",
            ]
        async with live.line(token) as line:
            assert "typing" not in [frame["t"] for frame in await line.told("After")]


@pytest.mark.asyncio(loop_scope="session")
async def test_the_visitor_is_heard_while_he_waits(engine: Engine) -> None:
    async with (
        living(engine, engine.database, [typing(10)]) as live,
        live.line(await live.newcomer()) as line,
    ):
        await line.until("typing")
        assert (await line.answer(t="say", id="1", text="Hurry"))["t"] == "ack"


@pytest.mark.parametrize(
    ("gone", "wait"),
    [(0, 5), (2, 3), (5, 0), (60, -55)],
)
def test_a_line_waits_for_what_is_left_of_its_time(gone: float, wait: float) -> None:
    assert Line(1, b"", NOON, after=5).wait(NOON + timedelta(seconds=gone)) == wait


def test_a_clock_that_goes_wrong_holds_up_nothing() -> None:
    assert Line(1, b"", NOON, after=5).wait(NOON - timedelta(hours=1)) == 5
    assert Line(1, b"", NOON).wait(NOON - timedelta(hours=1)) <= 0
