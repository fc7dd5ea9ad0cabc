"""What a reader of the chat page does."""

from playwright.async_api import Page, expect

ONLINE = "Online"


async def open_chat(page: Page, chat: str) -> None:
    await page.goto(chat)
    await expect(page.get_by_text(ONLINE)).to_be_visible()


async def write(page: Page, text: str) -> None:
    await page.get_by_role("textbox").fill(text)
    await page.keyboard.press("Enter")
