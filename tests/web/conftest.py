import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from engine.runtime import Engine
from engine.settings import Settings
from engine.store.unit import Database
from tests.engine.flows_for_tests import MENU, REMINDER
from tests.web.live import Live, living
from tests.web.stand_in import StandIn, standing_in

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# Milliseconds until a wait counts as a hang; a busy machine is no fault.
PATIENCE = 40_000
expect.set_options(timeout=PATIENCE)
NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where Chromium is; `make browser` sees to it that it is somewhere."""
    named = os.environ.get("CHROMIUM")
    found = named or next((path for name in NAMES if (path := shutil.which(name))), None)
    assert found, "no Chromium: `make browser`"
    return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield started
        await started.close()


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A browser that has never been here, of somebody who reads English."""
    context = await browser.new_context(
        locale="en-GB", viewport={"width": 900, "height": 700}, reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE)
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(visit: BrowserContext) -> AsyncIterator[Page]:
    """A page that must not complain: what it writes into the console as an error fails the test."""
    page = await visit.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert not errors


@pytest_asyncio.fixture(loop_scope="session")
async def door() -> StandIn:
    return StandIn()


@pytest_asyncio.fixture(loop_scope="session")
async def chat(door: StandIn) -> AsyncIterator[str]:
    """The address of the stand-in's chat."""
    async with standing_in(door) as address:
        yield f"{address}/chat/1/2/"


@pytest_asyncio.fixture(loop_scope="session")
async def engine(dsn: str, tmp_path: Path) -> AsyncIterator[Engine]:
    """In the browser's loop, which is not that of other tests."""
    async with (
        Database(dsn, connections=4) as database,
        Engine(Settings(folder=tmp_path), database) as running,
    ):
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def live(engine: Engine) -> AsyncIterator[Live]:
    """A shop whose web bot has a menu, and a reminder that comes a second later."""
    async with living(engine, engine.database, [MENU, REMINDER]) as opened:
        yield opened
