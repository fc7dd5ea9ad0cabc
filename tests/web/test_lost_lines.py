"""Nothing that a visitor wrote is lost or said twice, whatever the line and the server do."""

import pytest
from playwright.async_api import Page, expect

from tests.web.reading import open_chat, write
from tests.web.stand_in import StandIn

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_what_is_written_without_a_line_is_kept_and_sent_once_in_order(
    page: Page, door: StandIn, chat: str
) -> None:
    await open_chat(page, chat)
    await door.cut()
    await expect(page.get_by_text("No connection")).to_be_visible()
    for text in ("one", "two", "three"):
        await write(page, text)
    await expect(page.locator(".sending")).to_have_count(3)
    door.mend()
    await page.get_by_role("button", name="Try now").click()
    await expect(page.locator(".sending")).to_have_count(0)
    assert [frame["text"] for frame in await door.hears(3)] == ["one", "two", "three"]
    await expect(page.locator(".mine .text")).to_have_text(["one", "two", "three"])
    await expect(page.get_by_text("No connection")).to_be_hidden()


async def test_the_line_comes_back_by_itself_with_what_was_missed(
    page: Page, door: StandIn, chat: str
) -> None:
    door.tell("bot", text="before")
    await open_chat(page, chat)
    await door.cut()
    door.tell("bot", text="meanwhile")
    door.mend()
    await expect(page.locator(".theirs .text")).to_have_text(["before", "meanwhile"])
    assert [hello["seq"] for hello in door.hellos] == [0, 100]


async def test_a_frame_whose_answer_was_lost_goes_again_under_the_same_id(
    page: Page, door: StandIn, chat: str
) -> None:
    door.answer = lambda frame: None
    await open_chat(page, chat)
    await write(page, "Hi")
    await door.hears(1)
    await door.cut()
    door.answer = lambda frame: {"t": "ack", "id": frame["id"]}
    door.mend()
    first, again = await door.hears(2)
    assert first == again
    await expect(page.locator(".mine .text")).to_have_text(["Hi"])


async def test_what_was_not_sent_outlives_a_reload(page: Page, door: StandIn, chat: str) -> None:
    await open_chat(page, chat)
    await door.cut()
    await write(page, "do not lose me")
    await page.reload()
    await expect(page.get_by_text("do not lose me")).to_be_visible()
    door.mend()
    assert (await door.hears(1))[0]["text"] == "do not lose me"


async def test_a_server_that_is_not_well_is_asked_again(page: Page, door: StandIn, chat: str) -> None:
    refusals = iter(["unavailable"])
    door.answer = lambda frame: (
        {"t": "error", "id": frame["id"], "reason": reason}
        if (reason := next(refusals, None))
        else {"t": "ack", "id": frame["id"]}
    )
    await open_chat(page, chat)
    await write(page, "Hi")
    assert len({frame["id"] for frame in await door.hears(2)}) == 1
    await expect(page.locator(".sending, .failed")).to_have_count(0)


async def test_what_is_refused_for_good_is_marked_and_lets_the_next_through(
    page: Page, door: StandIn, chat: str
) -> None:
    door.answer = lambda frame: (
        {"t": "error", "id": frame["id"], "reason": "malformed"}
        if frame["text"] == "bad"
        else {"t": "ack", "id": frame["id"]}
    )
    await open_chat(page, chat)
    await write(page, "bad")
    await expect(page.locator(".failed")).to_contain_text("Not sent")
    await write(page, "good")
    assert [frame["text"] for frame in await door.hears(2)] == ["bad", "good"]
