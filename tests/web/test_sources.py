"""The advertisement that brought a visitor, from the address of a page to the lead."""

import json
from typing import Any

import pytest
from playwright.async_api import Page

from tests.web.live import Live
from tests.web.stand_in import StandIn
from tests.web.test_widget import bakery, open_panel

__all__ = ["bakery"]

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def leads(live: Live, source: Any) -> Any:
    """What the leads of a newcomer, who came so and left one, say of it."""
    async with live.line(await live.newcomer(), source=source) as line:
        call = (await line.told("Hello "))[-1]["buttons"][0]
        await line.send(t="press", id="1", code=call["code"])
        await line.told("Thanks")
    rows = await live.shop.database.pool.fetch("SELECT source FROM lead WHERE shop_id = $1", live.shop.id)
    return [json.loads(row["source"]) for row in rows]


async def test_a_lead_tells_the_advertisement_that_brought_the_visitor(live: Live) -> None:
    told = {"utm_source": "mail\u0000", "utm_medium": "x" * 999, "utm_term": "", "name": "Eve", "other": "1"}
    assert await leads(live, told) == [{"utm_source": "mail", "utm_medium": "x" * 200}]
    assert await live.shop.count("bot_user", "variables ? 'name' OR variables ? 'other'") == 0


async def test_a_page_tells_what_its_address_says(page: Page, door: StandIn, chat: str) -> None:
    await page.goto(f"{chat}?utm_source=mail&utm_campaign=may+sale&utm_other=1&lang=en&utm_term=")
    (hello,) = await door.greets(1)
    assert hello["source"] == {"utm_source": "mail", "utm_campaign": "may sale"}


async def test_a_widget_tells_what_the_address_of_its_site_says(
    page: Page, door: StandIn, bakery: str
) -> None:
    await page.goto(f"{bakery}/?utm_medium={'y' * 300}&utm_content=a%26b")
    await open_panel(page)
    (hello,) = await door.greets(1)
    assert hello["source"] == {"utm_medium": "y" * 200, "utm_content": "a&b"}
