"""The whole house, seen from a visitor's chair: Coffee Point on a real engine, in a real browser."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

import flows
from engine.runtime import Engine
from flows.yaml_text import load
from tests.web.live import Live, living

pytestmark = pytest.mark.asyncio(loop_scope="session")
STARTERS = Path(flows.__file__).parent / "starters"


@pytest_asyncio.fixture(loop_scope="session")
async def cafe(engine: Engine) -> AsyncIterator[Live]:
    drawn = [dict(load(path.read_bytes())) for path in sorted(STARTERS.glob("*.yaml"))]
    async with living(engine, engine.database, drawn) as opened:
        await opened.look(greeting="Fresh coffee on Main Street 12. We answer at once.")
        yield opened


async def say(page: Page, text: str) -> None:
    await page.get_by_role("textbox").fill(text)
    await page.keyboard.press("Enter")


async def test_from_the_menu_through_the_form_to_a_lead_and_back(page: Page, cafe: Live) -> None:
    await page.goto(cafe.page)
    await expect(page.get_by_text("Welcome to Coffee Point")).to_be_visible()
    await page.get_by_role("button", name="Leave a request").click()
    await expect(page.get_by_text("What is your name?")).to_be_visible()
    await say(page, "Ann")
    await expect(page.get_by_text("Nice to meet you, Ann!")).to_be_visible()
    await say(page, "call me maybe")
    await expect(page.get_by_text("This does not look like a phone number")).to_be_visible()
    await say(page, "+34 612 34 56 78")
    await say(page, "A cake with cherries")
    await expect(page.get_by_text("About: A cake with cherries")).to_be_visible()
    await page.get_by_role("button", name="Send", exact=True).and_(page.locator(".option")).click()
    await expect(page.get_by_text("Thank you, Ann!")).to_be_visible()
    await expect(page.get_by_text("What can I do for you?")).to_have_count(2)
    lead = await cafe.shop.database.pool.fetchval("SELECT values FROM lead WHERE shop_id = $1", cafe.shop.id)
    assert json.loads(lead)["phone"].replace(" ", "") == "+34612345678"


async def test_a_number_chooses_as_well_as_a_press(page: Page, cafe: Live) -> None:
    await page.goto(cafe.page)
    await expect(page.get_by_text("What can I do for you?")).to_be_visible()
    await say(page, "1")
    await expect(page.get_by_text("Three things we are proud of")).to_be_visible()
    await page.get_by_role("button", name="Talk to a person").click()
    await expect(page.locator(".mine .text")).to_have_text(["1", "Talk to a person"])


async def test_the_conversation_is_there_again_after_a_reload(page: Page, cafe: Live) -> None:
    await page.goto(cafe.page)
    await page.get_by_role("button", name="Our menu").click()
    await page.get_by_role("button", name="Cocoa").click()
    await expect(page.get_by_text("Dark chocolate")).to_be_visible()
    before = await page.locator(".text").all_inner_texts()
    await page.reload()
    await expect(page.get_by_text("Dark chocolate")).to_be_visible()
    assert await page.locator(".text").all_inner_texts() == before


async def test_start_over_starts_over(page: Page, cafe: Live) -> None:
    await page.goto(cafe.page)
    await page.get_by_role("button", name="Leave a request").click()
    await expect(page.get_by_text("What is your name?")).to_be_visible()
    await page.get_by_role("button", name="Start over").click()
    await expect(page.get_by_text("Welcome to Coffee Point")).to_have_count(2)
