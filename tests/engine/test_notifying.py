"""The staff is told: through the channels that fit, at least once, through outages, or visibly not."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from asyncpg import Pool

from engine.notifying import PAUSES
from engine.runtime import Engine
from engine.settings import Settings
from engine.store.notifications import (
    DueNotice,
    Outcome,
    settle_notice,
)
from engine.store.unit import Database
from tests.engine.shop_floor import Shop
from tests.engine.staff import CHAT, MAIL, another_bot, channel, notify, stands, tells
from tests.mailbox import Mailbox
from tests.messenger import BLOCKED, DOWN, REFUSED, UNAUTHORIZED, Messenger, Verdict

Engines = Callable[[Database], AbstractAsyncContextManager[Engine]]
GONE: Verdict = (400, {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"})


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    async with Mailbox().open() as box:
        yield box


@pytest.fixture
def engines(messenger: Messenger, mailbox: Mailbox, tmp_path: Path) -> Engines:
    settings = Settings(
        folder=tmp_path,
        channel_urls={"telegram": messenger.url},
        public_url="https://botique.example",
        smtp_url=f"smtp://127.0.0.1:{mailbox.port}",
        smtp_from="botique@botique.example",
    )

    @asynccontextmanager
    async def engine(database: Database) -> AsyncIterator[Engine]:
        async with Engine(settings, database) as running:
            yield running

    return engine


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set once the outcome of an attempt is kept."""
    kept = asyncio.Event()

    async def settle(pool: Pool, notice: DueNotice, outcome: Outcome) -> None:
        await settle_notice(pool, notice, outcome)
        kept.set()

    monkeypatch.setattr("engine.notifying.settle_notice", settle)
    return kept


async def attempt(engine: Engine, settled: asyncio.Event) -> None:
    """One attempt at a notice, whatever comes of it."""
    async with asyncio.timeout(60), engine.working():
        await settled.wait()


async def again(shop: Shop) -> None:
    """Let the pause before the next attempt be over."""
    await shop.database.pool.execute("UPDATE notification SET not_before = now()")


@pytest.mark.parametrize(
    ("flow", "title", "text"),
    [
        (tells(), "Ann waits", "Call her"),
        (
            tells("capture_lead", notify=True, lead_title="A lead", fields=[{"variable": "name"}]),
            "A lead",
            "name: Ann",
        ),
    ],
    ids=["notify", "lead"],
)
async def test_what_a_flow_tells_reaches_a_mailbox_and_a_chat(
    shop: Shop,
    engine: Engine,
    messenger: Messenger,
    mailbox: Mailbox,
    flow: dict[str, Any],
    title: str,
    text: str,
) -> None:
    await shop.open([flow])
    await channel(shop, MAIL)
    await channel(shop, None, CHAT)
    async with engine.working():
        await shop.start("7")
        await mailbox.until(lambda: len(mailbox.letters) == 1)
        await messenger.until(lambda: len(messenger.taken) == 1)
    (letter,) = mailbox.letters
    assert (letter.to, letter.message["Subject"], letter.text) == (MAIL, title, text)
    assert messenger.texts(str(CHAT)) == [f"{title}\n\n{text}"]
    assert await shop.count("notification", "status = 'sent' AND problem IS NULL") == 2


async def test_a_mail_server_that_is_down_gets_it_later_and_the_shop_sees_why(
    shop: Shop, engine: Engine, mailbox: Mailbox
) -> None:
    await shop.open([])
    await channel(shop, MAIL)
    await notify(shop)
    mailbox.verdicts["MAIL"] = deque(["451 out of order"])
    async with engine.working():
        await mailbox.until(lambda: mailbox.refused == 1)
    why = "the mail server says 451: out of order"
    assert await stands(shop) == ("queued", why, why)
    due = (
        "SELECT not_before - now() BETWEEN interval '50 seconds' AND interval '60 seconds' FROM notification"
    )
    assert await shop.database.pool.fetchval(due)
    await again(shop)
    async with engine.working():
        await mailbox.until(lambda: len(mailbox.letters) == 1)
    assert await stands(shop) == ("sent", None, None)


@pytest.mark.parametrize("verdict", [DOWN, UNAUTHORIZED], ids=["down", "no entry"])
async def test_a_messenger_that_does_not_take_it_gets_it_later(
    shop: Shop, engine: Engine, messenger: Messenger, verdict: Verdict
) -> None:
    await shop.open([])
    await channel(shop, None, CHAT)
    await notify(shop)
    messenger.verdicts.append(verdict)
    async with engine.working():
        await messenger.until(lambda: len(messenger.refused) == 1)
    assert (await stands(shop))[0] == "queued"
    await again(shop)
    async with engine.working():
        await messenger.until(lambda: messenger.texts(str(CHAT)) == ["Hear"])
    assert await stands(shop) == ("sent", None, None)


async def test_what_may_have_arrived_is_sent_again_and_can_be_told_to_be_the_same(
    shop: Shop, engine: Engine, mailbox: Mailbox
) -> None:
    await shop.open([])
    await channel(shop, MAIL)
    await notify(shop)
    mailbox.verdicts["DATA"] = deque([""])
    async with engine.working():
        await mailbox.until(lambda: len(mailbox.letters) == 1)
    await again(shop)
    async with engine.working():
        await mailbox.until(lambda: len(mailbox.letters) == 2)
    assert len({letter.message["Message-ID"] for letter in mailbox.letters}) == 1


async def test_a_mailbox_that_is_not_there_is_given_up_until_a_notice_gets_through(
    shop: Shop, engine: Engine, mailbox: Mailbox
) -> None:
    await shop.open([])
    there = await channel(shop, MAIL)
    await notify(shop)
    mailbox.verdicts["RCPT"] = deque(["550 no such mailbox"])
    async with engine.working():
        await mailbox.until(lambda: mailbox.refused == 1)
    why = "the mail server says 550: no such mailbox"
    assert await stands(shop) == ("failed", why, why)
    await notify(shop)
    async with engine.working():
        await mailbox.until(lambda: len(mailbox.letters) == 1)
    told = "SELECT problem FROM notification_channel WHERE id = $1"
    assert await shop.database.pool.fetchval(told, there) is None


@pytest.mark.parametrize(
    ("verdict", "why"), [(BLOCKED, "blocked"), (GONE, "not found"), (REFUSED, "too strange")]
)
async def test_a_chat_that_takes_nothing_is_given_up(
    shop: Shop, engine: Engine, messenger: Messenger, verdict: Verdict, why: str
) -> None:
    await shop.open([])
    await channel(shop, None, CHAT)
    await notify(shop)
    messenger.verdicts.append(verdict)
    async with engine.working():
        await messenger.until(lambda: len(messenger.refused) == 1)
    status, problem, told = await stands(shop)
    assert (status, problem) == ("failed", told)
    assert why in str(problem)


async def test_a_person_hears_from_the_bot_that_he_has_started(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shop.open([])
    await another_bot(shop)
    await channel(shop, None, CHAT)
    await notify(shop)
    messenger.verdicts.append(GONE)
    async with engine.working():
        await messenger.until(lambda: messenger.texts(str(CHAT)) == ["Hear"])
    assert await stands(shop) == ("sent", None, None)


@pytest.mark.parametrize(("kind", "status"), [("telegram", 3), ("web", 5)], ids=["stopped", "of a site"])
async def test_without_a_bot_that_can_nobody_is_written_to(
    shop: Shop, engine: Engine, settled: asyncio.Event, kind: str, status: int
) -> None:
    await shop.open([], kind)
    await shop.database.pool.execute("UPDATE bot SET status = $1", status)
    await channel(shop, None, CHAT)
    await notify(shop)
    await attempt(engine, settled)
    assert (await stands(shop))[:2] == (
        "failed",
        "the shop has no launched bot that could write to this person",
    )


async def test_a_channel_that_was_switched_off_gets_nothing_more(
    shop: Shop, engine: Engine, settled: asyncio.Event, mailbox: Mailbox
) -> None:
    await shop.open([])
    await channel(shop, MAIL)
    await notify(shop)
    await shop.database.pool.execute("UPDATE notification_channel SET is_active = false")
    await attempt(engine, settled)
    status, why, _ = await stands(shop)
    assert (status, why) == ("failed", "the channel was switched off before this could be sent")
    assert mailbox.letters == []


async def test_after_a_day_a_notice_is_given_up(shop: Shop, engine: Engine, mailbox: Mailbox) -> None:
    assert sum(PAUSES) == 24 * 60 * 60
    await shop.open([])
    await channel(shop, MAIL)
    await notify(shop)
    await shop.database.pool.execute("UPDATE notification SET attempts = $1", len(PAUSES))
    mailbox.verdicts["MAIL"] = deque(["451 out of order"])
    async with engine.working():
        await mailbox.until(lambda: mailbox.refused == 1)
    assert (await stands(shop))[0] == "failed"


async def test_two_processes_send_each_notice_once(
    shop: Shop, engine: Engine, engines: Engines, dsn: str, mailbox: Mailbox
) -> None:
    await shop.open([])
    await channel(shop, MAIL)
    for number in range(40):
        await notify(shop, title=f"Notice {number}")
    async with (
        Database(dsn, connections=4) as second,
        engines(second) as other,
        engine.working(),
        other.working(),
    ):
        await mailbox.until(lambda: len(mailbox.letters) >= 40)
    subjects = [letter.message["Subject"] for letter in mailbox.letters]
    assert sorted(subjects) == sorted(f"Notice {number}" for number in range(40))
    assert await shop.count("notification", "status = 'sent'") == 40
