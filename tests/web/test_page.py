"""The chat page in a browser, against a bot that does what the test says."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, Page, expect

from tests.web.reading import ONLINE, open_chat, write
from tests.web.stand_in import MENU, StandIn

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_visitor_answers_by_button_and_sees_his_answer(page: Page, door: StandIn, chat: str) -> None:
    door.tell("bot", **MENU)
    door.reply = lambda frame: [{"text": "Espresso or filter?"}]
    await open_chat(page, chat)
    await page.get_by_role("button", name="☕ Menu").click()
    await expect(page.locator(".mine .text")).to_have_text(["☕ Menu"])
    await expect(page.get_by_text("Espresso or filter?")).to_be_visible()
    await expect(page.locator(".chosen .label")).to_have_text("☕ Menu")
    said = await door.hears(1)
    assert (said[0]["t"], said[0]["code"]) == ("press", "1.hello.menu")


async def test_an_old_button_can_still_be_pressed(page: Page, door: StandIn, chat: str) -> None:
    door.tell("bot", **MENU)
    door.tell("bot", text="Sure?", buttons=[{"label": "Yes", "code": "1.sure.yes"}])
    await open_chat(page, chat)
    await expect(page.locator(".past").get_by_role("button")).to_have_count(3)
    await page.get_by_role("button", name="🎁 Promotions").click()
    assert [frame["code"] for frame in await door.hears(1)] == ["1.hello.promo"]


async def test_a_double_click_is_one_answer(page: Page, door: StandIn, chat: str) -> None:
    door.tell("bot", **MENU)
    await open_chat(page, chat)
    await page.get_by_role("button", name="☕ Menu").dblclick()
    await write(page, "and this")
    assert [frame["t"] for frame in await door.hears(2)] == ["press", "say"]


async def test_enter_sends_and_shift_enter_breaks_the_line(page: Page, door: StandIn, chat: str) -> None:
    await open_chat(page, chat)
    await page.get_by_role("textbox").click()
    await page.keyboard.type("two")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("lines")
    await page.keyboard.press("Enter")
    assert (await door.hears(1))[0]["text"] == "two\nlines"
    await expect(page.get_by_role("textbox")).to_have_value("")


async def test_a_menu_is_chosen_from_by_keyboard_alone(page: Page, door: StandIn, chat: str) -> None:
    door.tell("bot", **MENU)
    await open_chat(page, chat)
    await expect(page.get_by_role("button", name="☕ Menu")).to_be_visible()
    await page.get_by_role("textbox").focus()
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_role("button", name="☕ Menu")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await page.keyboard.press("3")
    assert [frame["code"] for frame in await door.hears(2)] == ["1.hello.promo", "1.hello.call"]


async def test_a_text_that_is_too_long_stays_in_the_field_and_says_by_how_much(
    page: Page, door: StandIn, chat: str
) -> None:
    await open_chat(page, chat)
    await write(page, "x" * 4010)
    await expect(page.get_by_text("Too long by 10 characters")).to_be_visible()
    await write(page, "short")
    assert [frame["text"] for frame in await door.hears(1)] == ["short"]


async def test_dots_are_shown_while_the_answer_is_waited_for(page: Page, door: StandIn, chat: str) -> None:
    await open_chat(page, chat)
    await write(page, "Hi")
    await expect(page.locator(".dots")).to_be_visible()
    await door.say(text="Hello!")
    await expect(page.locator(".dots")).to_be_hidden()


async def test_an_answer_that_comes_at_once_needs_no_dots(page: Page, door: StandIn, chat: str) -> None:
    door.reply = lambda frame: [{"text": "Hello!"}]
    await page.clock.install()
    await open_chat(page, chat)
    await write(page, "Hi")
    await expect(page.get_by_text("Hello!")).to_be_visible()
    await page.clock.run_for(2_000)
    await expect(page.locator(".dots")).to_be_hidden()


async def test_a_reader_of_old_messages_is_not_torn_away(page: Page, door: StandIn, chat: str) -> None:
    for n in range(40):
        door.tell("bot", text=f"message {n}")
    await open_chat(page, chat)
    await expect(page.get_by_text("message 39", exact=True)).to_be_in_viewport()
    await page.get_by_text("message 3", exact=True).scroll_into_view_if_needed()
    await door.say(text="the latest")
    await expect(page.get_by_text("New messages")).to_be_visible()
    await expect(page.get_by_text("the latest")).not_to_be_in_viewport()
    await page.get_by_role("button", name="To the latest message").click()
    await expect(page.get_by_text("the latest")).to_be_in_viewport()
    await expect(page.get_by_text("New messages")).to_be_hidden()


async def test_the_page_itself_never_scrolls(page: Page, door: StandIn, chat: str) -> None:
    for n in range(40):
        door.tell("bot", **MENU | {"text": f"message {n}"})
    await open_chat(page, chat)
    await expect(page.get_by_text("message 39", exact=True)).to_be_in_viewport()
    await page.get_by_role("button", name="Call me back").last.click()
    await page.evaluate("document.scrollingElement.scrollTop = 1000")
    assert await page.evaluate("document.scrollingElement.scrollTop") == 0
    await expect(page.get_by_role("heading", name="Coffee Point")).to_be_in_viewport(ratio=1)


async def test_days_are_divided_and_named(page: Page, door: StandIn, chat: str) -> None:
    now = datetime.now(UTC)
    for days in (9, 1, 0, 0):
        door.tell("bot", text="x", at=(now - timedelta(days=days)).isoformat())
    await open_chat(page, chat)
    await expect(page.locator(".day")).to_have_count(3)
    await expect(page.locator(".day").nth(1)).to_have_text("Yesterday")
    await expect(page.locator(".day").nth(2)).to_have_text("Today")


async def test_a_parameter_is_handed_on_once(page: Page, door: StandIn, chat: str) -> None:
    await open_chat(page, f"{chat}?start=promo")
    await door.cut()
    door.mend()
    await door.greets(2)
    await page.reload()
    assert [hello["parameter"] for hello in await door.greets(3)] == ["promo", None, None]


async def test_a_phone_that_was_asked_for_is_sent_as_one(page: Page, door: StandIn, chat: str) -> None:
    door.tell("bot", text="Your phone?", buttons=[{"label": "Share it", "kind": "phone", "code": "1.a.b"}])
    await open_chat(page, chat)
    await page.get_by_role("button", name="Share it").click()
    await expect(page.get_by_role("textbox")).to_be_focused()
    await write(page, "+34 612 34 56 78")
    await write(page, "12345678")
    frames = await door.hears(2)
    assert (frames[0]["t"], frames[0]["phone"]) == ("contact", "+34 612 34 56 78")
    assert frames[1]["t"] == "say"


async def test_where_the_visitor_is_goes_out_only_by_his_consent(
    page: Page, door: StandIn, chat: str
) -> None:
    door.tell("bot", text="Where?", buttons=[{"label": "Here", "kind": "location", "code": "1.a.b"}])
    await open_chat(page, chat)
    await page.get_by_role("button", name="Here").click()
    await expect(page.get_by_text("We could not read your location")).to_be_visible()
    await page.context.grant_permissions(["geolocation"])
    await page.context.set_geolocation({"latitude": 41.4, "longitude": 2.2})
    await page.get_by_role("button", name="Here").click()
    frame = (await door.hears(1))[0]
    assert (frame["t"], frame["latitude"], frame["longitude"]) == ("place", 41.4, 2.2)


@pytest.mark.parametrize(
    ("locale", "placeholder"),
    [
        ("ru-RU", "Напишите сообщение"),
        ("es-MX", "Escriba un mensaje"),
        ("de-DE", "Write a message"),
    ],
)
async def test_the_chat_speaks_the_visitors_language(
    browser: Browser, chat: str, locale: str, placeholder: str
) -> None:
    context = await browser.new_context(locale=locale)
    page = await context.new_page()
    await page.goto(chat)
    await expect(page.get_by_role("textbox")).to_have_attribute("placeholder", placeholder)
    await context.close()


async def test_a_chat_that_is_not_there_says_so(page: Page, door: StandIn, chat: str) -> None:
    door.gone = True
    await page.goto(chat)
    await expect(page.get_by_role("heading", name="This chat is not available")).to_be_visible()
    await expect(page.get_by_role("textbox")).to_be_hidden()


async def test_a_chat_that_is_open_too_often_can_be_tried_again(page: Page, door: StandIn, chat: str) -> None:
    door.bye = "crowded"
    await page.goto(chat)
    await expect(page.get_by_role("heading", name="open in too many places")).to_be_visible()
    door.bye = None
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_text(ONLINE)).to_be_visible()


async def test_the_past_is_not_read_aloud_and_the_news_are(page: Page, door: StandIn, chat: str) -> None:
    log = page.get_by_role("log")
    await page.goto("about:blank")
    door.tell("bot", text="old")
    await page.add_init_script(
        "new MutationObserver(() => {"
        "  const log = document.querySelector('[role=log]');"
        "  if (log && log.children.length === 0) window.first = log.getAttribute('aria-live');"
        "}).observe(document, {childList: true, subtree: true})"
    )
    await open_chat(page, chat)
    await expect(page.get_by_text("old")).to_be_visible()
    assert await page.evaluate("window.first") == "off"
    await expect(log).to_have_attribute("aria-live", "polite")


async def test_who_wants_no_motion_gets_none(browser: Browser, door: StandIn, chat: str) -> None:
    context = await browser.new_context(reduced_motion="reduce")
    page = await context.new_page()
    door.tell("bot", **MENU)
    await page.goto(chat)
    assert (
        await page.locator(".message").first.evaluate("node => getComputedStyle(node).animationName")
        == "none"
    )
    await context.close()
