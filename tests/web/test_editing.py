"""A message changes where it stands: on the page, in what the server tells, and when somebody comes back."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from constructor_api.web_chat import transcript
from engine.scene import TurnScene
from tests.web.live import Frame, Line, Live
from tests.web.reading import open_chat, write
from tests.web.stand_in import MENU, StandIn

pytestmark = pytest.mark.asyncio(loop_scope="session")

CUP = {"kind": "image", "url": "https://shop.example/cup.png", "name": "A cup"}


def sheet(number: int, **fields: Any) -> Frame:
    """A page of a list, with a way on and a way back."""
    turns = [("◀", "back"), (f"{number} / 9", "here"), ("▶", "next"), (f"Buy {number}", f"buy{number}")]
    buttons = [{"label": label, "code": f"1.list.{item}"} for label, item in turns]
    return {"text": f"Page {number}", "buttons": buttons, "columns": 4, **fields}


def turning(door: StandIn) -> None:
    """The bot turns the page of the message under which «next» or «back» is pressed."""
    numbers = [1]

    def reply(frame: Frame) -> list[Frame]:
        way = {"1.list.next": 1, "1.list.back": -1}.get(frame.get("code", ""))
        if way is None:
            return [{"text": f"You said {frame.get('label') or frame.get('text')}"}]
        numbers.append(numbers[-1] + way)
        return [sheet(numbers[-1], instead_of=frame["on"])]

    door.reply = reply


async def turn(page: Page, way: str, shown: str) -> None:
    await page.get_by_role("button", name=way).click()
    await expect(page.get_by_text(shown, exact=True)).to_be_visible()


async def test_a_page_takes_the_place_of_the_one_before_and_the_press_is_no_word(
    page: Page, door: StandIn, chat: str
) -> None:
    door.tell("bot", text="Welcome")
    first = door.tell("bot", **sheet(1))
    turning(door)
    await open_chat(page, chat)
    await turn(page, "▶", "Page 2")
    await turn(page, "▶", "Page 3")
    await expect(page.locator(".theirs .text")).to_have_text(["Welcome", "Page 3"])
    await expect(page.locator(".mine")).to_have_count(0)
    assert [frame["on"] for frame in door.said] == [first["seq"]] * 2


async def test_what_leads_on_is_said_as_ever(page: Page, door: StandIn, chat: str) -> None:
    door.tell("bot", **sheet(1))
    turning(door)
    await open_chat(page, chat)
    await turn(page, "▶", "Page 2")
    await page.get_by_role("button", name="Buy 2").click()
    await expect(page.locator(".mine .text")).to_have_text(["Buy 2"])
    await expect(page.locator(".chosen .label")).to_have_text("Buy 2")
    await expect(page.locator(".theirs .text")).to_have_text(["Page 2", "You said Buy 2"])


async def test_after_a_reload_the_last_page_is_there_and_only_it(
    page: Page, door: StandIn, chat: str
) -> None:
    door.tell("bot", **sheet(1))
    turning(door)
    await open_chat(page, chat)
    await turn(page, "▶", "Page 2")
    await write(page, "Hm")
    await expect(page.get_by_text("You said Hm")).to_be_visible()
    await page.reload()
    await expect(page.locator(".theirs .text")).to_have_text(["Page 2", "You said Hm"])
    await turn(page, "▶", "Page 3")
    await expect(page.locator(".theirs .text")).to_have_text(["Page 3", "You said Hm"])


async def test_what_took_a_place_that_is_not_here_stands_by_itself_and_changes_there(
    page: Page, door: StandIn, chat: str
) -> None:
    door.tell("bot", **sheet(5, instead_of=7))
    turning(door)
    await open_chat(page, chat)
    await turn(page, "▶", "Page 2")
    await expect(page.locator(".theirs .text")).to_have_text(["Page 2"])
    assert [frame["on"] for frame in door.said] == [7]


async def test_a_reader_on_the_keyboard_turns_page_after_page(page: Page, door: StandIn, chat: str) -> None:
    door.tell("bot", **sheet(1))
    turning(door)
    await open_chat(page, chat)
    await page.get_by_role("button", name="▶").focus()
    for number in (2, 3):
        await page.keyboard.press("Enter")
        await expect(page.get_by_text(f"Page {number}", exact=True)).to_be_visible()
        await expect(page.get_by_role("button", name="▶")).to_be_focused()


@pytest.mark.parametrize(
    ("left", "focused"), [(4, "Buy 2"), (2, "2 / 9"), (0, None)], ids=["same place", "the last", "none"]
)
async def test_the_focus_is_never_lost(
    page: Page, door: StandIn, chat: str, left: int, focused: str | None
) -> None:
    door.tell("bot", **sheet(1))
    two = sheet(2)
    door.reply = lambda frame: [{**two, "buttons": two["buttons"][:left], "instead_of": frame["on"]}]
    await open_chat(page, chat)
    await page.get_by_role("button", name="Buy 1").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Page 2", exact=True)).to_be_visible()
    there = page.get_by_role("button", name=focused) if focused else page.locator("main.log")
    await expect(there).to_be_focused()


async def test_only_what_is_new_is_read_out_and_a_picture_stays_as_it_is(
    page: Page, door: StandIn, chat: str
) -> None:
    door.tell("bot", **sheet(1, media=[CUP]))
    door.reply = lambda frame: [sheet(1, media=[CUP], text="Two of them", instead_of=frame["on"])]
    await open_chat(page, chat)
    await expect(page.get_by_role("log")).to_have_attribute("aria-live", "polite")
    await page.evaluate("""() => {
        window.picture = document.querySelector('.picture');
        window.added = [];
        new MutationObserver((all) => {
            for (const each of all) for (const node of each.addedNodes) window.added.push(node.className);
        }).observe(document.querySelector('[role=log]'), {childList: true, subtree: true});
    }""")
    await turn(page, "▶", "Two of them")
    assert await page.evaluate("window.added") == ["text", "options"]
    assert await page.evaluate("window.picture.isConnected")


async def test_a_reader_of_old_messages_stays_where_he_is(page: Page, door: StandIn, chat: str) -> None:
    door.tell("bot", **sheet(1))
    for n in range(40):
        door.tell("bot", text=f"message {n}")
    turning(door)
    await open_chat(page, chat)
    await expect(page.get_by_text("message 39", exact=True)).to_be_in_viewport()
    await page.get_by_role("button", name="▶").scroll_into_view_if_needed()
    await turn(page, "▶", "Page 2")
    await expect(page.get_by_text("Page 2", exact=True)).to_be_in_viewport()
    await expect(page.get_by_text("message 39", exact=True)).not_to_be_in_viewport()
    await expect(page.get_by_text("New messages")).to_be_hidden()


async def test_a_menu_that_stepped_back_stays_back(page: Page, door: StandIn, chat: str) -> None:
    door.tell("bot", **sheet(1))
    door.tell("bot", **MENU)
    turning(door)
    await open_chat(page, chat)
    await turn(page, "▶", "Page 2")
    await expect(page.locator(".past").get_by_role("button")).to_have_count(4)


async def test_the_second_half_of_a_double_tap_presses_nothing_that_came_under_the_finger(
    page: Page, door: StandIn, chat: str
) -> None:
    door.tell("bot", text="Sure?", buttons=[{"label": "Remove it", "code": "1.cart.remove"}])
    undo = {"text": "Gone", "buttons": [{"label": "Remove all", "code": "1.cart.all"}]}
    door.reply = lambda frame: [{**undo, "instead_of": frame["on"]}] if "on" in frame else []
    await open_chat(page, chat)
    box = await page.get_by_role("button", name="Remove it").bounding_box()
    assert box
    await page.mouse.click(box["x"] + 30, box["y"] + 10)
    await expect(page.get_by_role("button", name="Remove all")).to_be_visible()
    await page.mouse.down(click_count=2)
    await page.mouse.up(click_count=2)
    await write(page, "and then")
    assert [frame["t"] for frame in await door.hears(2)] == ["press", "say"]
    await page.get_by_role("button", name="Remove all").click()
    assert [frame["t"] for frame in await door.hears(3)] == ["press", "say", "press"]


async def test_a_press_without_an_answer_is_seen_after_a_moment(page: Page, door: StandIn, chat: str) -> None:
    door.tell("bot", **sheet(1))
    door.answer = lambda frame: None
    await open_chat(page, chat)
    await page.get_by_role("button", name="Buy 1").click()
    await expect(page.locator(".sending .text")).to_have_text(["Buy 1"])


# The server's side, with an engine.


@pytest.fixture
def in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step says what it says in the place of the pressed message."""
    say = TurnScene.say

    def instead(scene: TurnScene, text: str, **how: Any) -> None:
        say(scene, text, **{**how, "instead": True})

    monkeypatch.setattr(TurnScene, "say", instead)


async def press(line: Line, menu: Frame, on: int, id: str = "1") -> list[Frame]:
    """Press «Again» in the menu; the frames that come of it."""
    await line.send(t="press", id=id, code=menu["buttons"][1]["code"], on=on)
    frames = []
    while {frame["t"] for frame in frames} != {"ack", "message"} or frames[-1].get("text") != "Hello ":
        frames.append(await line.next())
    return [frame for frame in frames if frame["t"] == "message"]


@pytest.mark.usefixtures("in_place")
async def test_the_page_is_told_what_takes_whose_place(live: Live) -> None:
    async with live.line(await live.newcomer()) as line:
        menu = (await line.told("Hello "))[-1]
        pressed, again = await press(line, menu, menu["seq"])
    assert (pressed["from"], pressed["quiet"]) == ("user", True)
    assert again["instead_of"] == menu["seq"]
    assert await live.shop.count("message", "direction = 2") == 2


@pytest.mark.usefixtures("in_place")
async def test_a_press_that_does_not_say_where_is_answered_below(live: Live) -> None:
    async with live.line(await live.newcomer()) as line:
        menu = (await line.told("Hello "))[-1]
        pressed, again = await press(line, menu, 0)
    assert "quiet" not in pressed
    assert "instead_of" not in again


@pytest.mark.usefixtures("in_place")
@pytest.mark.parametrize("chained", [False, True], ids=["under one number", "each under the last"])
async def test_who_comes_back_is_told_the_end_of_it_where_it_began(live: Live, chained: bool) -> None:
    token = await live.newcomer()
    async with live.line(token) as line:
        menu = (await line.told("Hello "))[-1]
        on = menu["seq"]
        for n in range(3):
            on = (await press(line, menu, on, str(n)))[-1]["seq"] if chained else on
            if not chained:
                await press(line, menu, on, str(n))
        last = line.seq
    async with live.line(token) as line:
        await line.until("hello")
        shown = []
        while line.seq < last:
            shown.append(await line.next())
    assert [(frame["seq"], frame.get("instead_of")) for frame in shown if frame.get("text")] == [
        (menu["seq"], None)
    ]
    assert await live.shop.count("message", "direction = 2") == 4


@pytest.mark.usefixtures("in_place")
async def test_who_missed_the_end_is_told_where_it_belongs(live: Live) -> None:
    token = await live.newcomer()
    async with live.line(token) as line:
        menu = (await line.told("Hello "))[-1]
        for n in range(2):
            await press(line, menu, menu["seq"], str(n))
    async with live.line(token, seq=menu["seq"]) as line:
        frames = await line.told("Hello ")
    assert frames[-1]["instead_of"] == menu["seq"]


@pytest.mark.usefixtures("in_place")
async def test_many_pages_do_not_push_the_past_away(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcript, "PAGE", 4)
    monkeypatch.setattr(transcript, "DEEP", 100)
    token = await live.newcomer()
    async with live.line(token) as line:
        menu = (await line.told("Hello "))[-1]
        for n in range(6):
            await press(line, menu, menu["seq"], str(n))
    async with live.line(token) as line:
        frames = await line.told("Hello ")
    assert frames[-1]["seq"] == menu["seq"]
