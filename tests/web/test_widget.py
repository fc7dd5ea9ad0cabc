"""The launcher on somebody else's site."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import FrameLocator, Locator, Page, expect

from tests.web.serving import serving
from tests.web.stand_in import MENU, StandIn, site_of, standing_in

pytestmark = pytest.mark.asyncio(loop_scope="session")

SITE = """<!doctype html><html lang="en"><head><title>Bakery</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src {home}; style-src {home};
  frame-src {home}"></head><body><h1>Bakery</h1><a href="/other">Other page</a>
<script src="{home}/widget.js" data-shop="1" data-bot="2" async></script></body></html>"""


@pytest_asyncio.fixture(loop_scope="session")
async def bakery(door: StandIn) -> AsyncIterator[str]:
    """A site of another origin that the bot knows; it allows little, and the widget lives with that."""
    async with standing_in(door) as home, serving(site_of(door)) as address:
        site = address.replace("127.0.0.1", "localhost")
        door.site = SITE.format(home=home)
        door.origins = (site,)
        yield site


def opener(page: Page) -> Locator:
    return page.get_by_role("button", name="Open the chat")


def chat_in(page: Page) -> FrameLocator:
    return page.frame_locator("botique-chat iframe")


async def open_panel(page: Page) -> None:
    await opener(page).click()
    await expect(chat_in(page).get_by_text("Online")).to_be_visible()


async def test_a_visitor_of_the_site_talks_in_the_panel(page: Page, door: StandIn, bakery: str) -> None:
    door.tell("bot", **MENU)
    await page.goto(bakery)
    await open_panel(page)
    await expect(page.get_by_role("dialog", name="Coffee Point")).to_be_visible()
    await chat_in(page).get_by_role("button", name="🎁 Promotions").click()
    assert [frame["code"] for frame in await door.hears(1)] == ["1.hello.promo"]


async def test_nothing_is_started_before_the_visitor_opens_the_panel(
    page: Page, door: StandIn, bakery: str
) -> None:
    await page.goto(bakery)
    await expect(page.locator("botique-chat.ready")).to_be_attached()
    assert not door.hellos
    await open_panel(page)
    assert len(door.hellos) == 1


async def test_escape_closes_the_panel_and_the_focus_goes_back(
    page: Page, door: StandIn, bakery: str
) -> None:
    await page.goto(bakery)
    await open_panel(page)
    await expect(chat_in(page).get_by_role("textbox")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(opener(page)).to_be_focused()
    await expect(opener(page)).to_have_attribute("aria-expanded", "false")


async def test_the_close_button_in_the_chat_closes_the_panel(page: Page, door: StandIn, bakery: str) -> None:
    await page.goto(bakery)
    await open_panel(page)
    await chat_in(page).get_by_role("button", name="Close the chat").click()
    await expect(page.get_by_role("dialog")).to_be_hidden()


async def test_what_comes_while_the_panel_is_closed_is_counted_until_it_is_read(
    page: Page, door: StandIn, bakery: str
) -> None:
    await page.goto(bakery)
    await open_panel(page)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    for text in ("one", "two"):
        await door.say(text=text)
    await expect(page.locator("botique-chat .badge")).to_have_text("2")
    await expect(page.get_by_role("button", name="Unread messages: 2")).to_be_visible()
    await page.reload()
    await expect(page.locator("botique-chat .badge")).to_have_text("2")
    await opener(page).click()
    await expect(page.locator("botique-chat .badge")).to_be_hidden()


async def test_a_visitor_is_known_again_on_the_next_page_though_frames_may_keep_nothing(
    page: Page, door: StandIn, bakery: str
) -> None:
    await page.goto(bakery)
    await open_panel(page)
    assert (
        await chat_in(page)
        .locator("body")
        .evaluate("() => { try { return localStorage.length } catch { return 'forbidden' } }")
        == "forbidden"
    )
    await page.get_by_role("link", name="Other page").click()
    await door.greets(2)
    assert door.tokens == [None, "t"]


async def test_the_panel_stays_open_from_page_to_page(page: Page, door: StandIn, bakery: str) -> None:
    await page.goto(bakery)
    await open_panel(page)
    await page.get_by_role("link", name="Other page").click()
    await expect(page).to_have_url(f"{bakery}/other")
    await expect(page.get_by_role("dialog")).to_be_visible()


async def test_on_a_phone_the_panel_is_the_whole_page_and_opens_only_by_hand(
    page: Page, door: StandIn, bakery: str
) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto(bakery)
    await open_panel(page)
    box = await page.get_by_role("dialog").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 390, "height": 844}
    await page.reload()
    await expect(page.locator("botique-chat.ready")).to_be_attached()
    await expect(page.get_by_role("dialog")).to_be_hidden()


async def test_a_site_that_the_bot_does_not_name_shows_no_chat(
    page: Page, door: StandIn, bakery: str
) -> None:
    door.origins = ("https://another.example",)
    refused = page.wait_for_event("console", lambda message: "frame-ancestors" in message.text)
    await page.goto(bakery)
    await refused
    await expect(page.locator("botique-chat.ready")).to_have_count(0)


async def test_the_sites_own_styles_do_not_reach_the_launcher(page: Page, door: StandIn, bakery: str) -> None:
    door.site = door.site.replace("</head>", "</head>").replace("<h1>", '<h1 class="bubble">')
    await page.goto(bakery)
    await expect(opener(page)).to_be_visible()
    assert await page.locator("h1.bubble").evaluate("node => getComputedStyle(node).position") == "static"


async def test_messages_from_other_windows_are_not_obeyed(page: Page, door: StandIn, bakery: str) -> None:
    await page.goto(bakery)
    await open_panel(page)
    await page.evaluate("window.postMessage({botique: 'close'}, '*')")
    await page.evaluate("window.postMessage({botique: 'unread', count: 7}, '*')")
    await page.evaluate("() => new Promise(requestAnimationFrame)")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await expect(page.locator("botique-chat .badge")).to_be_hidden()
