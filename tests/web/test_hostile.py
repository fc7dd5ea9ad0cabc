"""Whatever a shop or a visitor writes stays text, and links lead only where a person may be led."""

import pytest
from playwright.async_api import Page, expect

from tests.web.stand_in import StandIn

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXTS = [
    "<script>window.pwned = 1</script>",
    '<img src=x onerror="window.pwned = 1">',
    "<svg/onload=window.pwned=1>",
    "\"><iframe srcdoc='<script>parent.pwned=1</script>'>",
    "<a href=javascript:window.pwned=1>click</a>",
    "{{constructor.constructor('window.pwned=1')()}}",
    "</textarea><style>*{display:none}</style>",
    "&lt;b&gt; &amp; &#x27;",
    "\u202eright to left\u202c and \u0000 a nul, \u200b\ufeff nothing",
    "مرحبا hello שלום",
    "Ω≈ç√∫µ≤≥÷ 田中さん 👩‍👩‍👧‍👦 ﷽",
    "x" * 3000,
]
DEAD = [
    "javascript:window.pwned=1",
    "JaVaScRiPt:window.pwned=1",
    " javascript:window.pwned=1",
    "java\nscript:window.pwned=1",
    "data:text/html,<script>opener.pwned=1</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "blob:http://127.0.0.1/x",
    "//evil.example",
    "not an address",
    "",
]
ALIVE = ["https://shop.example/", "http://shop.example/", "mailto:a@shop.example", "tel:+34612345678"]


@pytest.mark.parametrize("text", TEXTS)
async def test_a_text_is_shown_as_it_is_wherever_it_stands(
    page: Page, door: StandIn, chat: str, text: str
) -> None:
    page.on("dialog", lambda dialog: pytest.fail("a dialog"))
    door.session |= {"title": text, "greeting": text}
    door.tell(
        "bot",
        text=text,
        buttons=[{"label": text, "code": "1.a.b"}, {"label": text, "kind": "url", "url": text}],
    )
    door.tell("bot", media=[{"kind": "file", "url": "https://shop.example/a.pdf", "name": text}])
    door.tell("user", text=text)
    await page.goto(chat)
    await expect(page.locator(".mine .text")).to_be_visible()
    for place in (".theirs .text", ".mine .text", ".intro", "h1", ".attachment span"):
        assert await page.locator(place).first.evaluate("node => node.textContent") == text
    assert (
        await page.locator(".label").evaluate_all("nodes => nodes.map(node => node.textContent)")
        == [text] * 2
    )
    assert await page.evaluate("window.pwned") is None
    assert await page.locator("body :is(script, iframe, style, img, object, embed)").count() == 0
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("address", DEAD)
async def test_an_address_that_could_do_harm_leads_nowhere(
    page: Page, door: StandIn, chat: str, address: str
) -> None:
    kinds = ("image", "video", "audio", "file")
    door.tell("bot", text="Look", buttons=[{"label": "Press", "kind": "url", "url": address}])
    door.tell("bot", text="And see", media=[{"kind": kind, "url": address} for kind in kinds])
    await page.goto(chat)
    await page.get_by_text("Press").click()
    assert await page.locator("a, img, video, audio").count() == 0
    assert await page.evaluate("window.pwned") is None


@pytest.mark.parametrize("address", ALIVE)
async def test_an_address_for_people_opens_and_learns_nothing_of_us(
    page: Page, door: StandIn, chat: str, address: str
) -> None:
    door.tell("bot", text="Look", buttons=[{"label": "Press", "kind": "url", "url": address}])
    await page.goto(chat)
    link = page.get_by_role("link", name="Press")
    await expect(link).to_have_attribute("href", address)
    if address.startswith("http"):
        await expect(link).to_have_attribute("target", "_blank")
        assert "noopener noreferrer" in str(await link.get_attribute("rel"))


async def test_addresses_in_a_text_are_links_without_the_full_stop(
    page: Page, door: StandIn, chat: str
) -> None:
    text = "See https://shop.example/menu. Or (http://a.example/x?y=1)! Not javascript:alert(1)"
    door.tell("bot", text=text)
    await page.goto(chat)
    await expect(page.locator(".text")).to_have_text(text)
    links = await page.locator(".text a").evaluate_all("nodes => nodes.map(node => node.textContent)")
    assert links == ["https://shop.example/menu", "http://a.example/x?y=1"]


async def test_pictures_wait_until_they_are_looked_at(page: Page, door: StandIn, chat: str) -> None:
    door.tell("bot", media=[{"kind": "image", "url": "https://shop.example/a.png"}])
    await page.goto(chat)
    picture = page.locator(".picture img")
    await expect(picture).to_have_attribute("loading", "lazy")
    await expect(picture).to_have_attribute("alt", "Picture")
