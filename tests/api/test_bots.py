"""Connecting a shop's bots, and switching them on and off."""

from typing import Any

import pytest
from pydantic import HttpUrl

from engine.runtime import Engine
from engine.settings import Settings
from engine.store.unit import Database
from tests.api.floor import COFFEE, connect, hook, launch, publish, update
from tests.api.partner import Partner
from tests.messenger import DOWN, UNAUTHORIZED, Messenger

BOTS = "/api/bot/bots/"


async def test_a_bot_is_connected_started_and_shown_as_the_reference_shows_it(
    ann: Partner, shop_id: int, messenger: Messenger
) -> None:
    bot = await connect(ann, shop_id)
    assert (bot["status"], bot["bot_type"], bot["tg_bot_nickname"]) == (1, 1, None)
    assert (await ann.post(f"/api/bot/bot/{bot['id']}/start/")).result["status"] == 5
    shown = (await ann.get(f"{BOTS}{bot['id']}/")).result
    assert (shown["status"], shown["tg_bot_nickname"], shown["problem"]) == (5, "test_bot", None)
    assert shown["link"] == "https://t.me/test_bot?start="
    assert {"wa_phone_number", "vk_group_id", "fb_group_id", "avito_user_id", "waba_phone_number"} <= set(
        shown
    )
    status = (await ann.get(f"/api/bot/bot/{bot['id']}/status/")).result
    assert status == {"status": 5, "connected": True, "problem": None}
    assert (await ann.get(BOTS, shop_id=shop_id)).result["results"] == [shown]


async def test_without_a_public_address_the_messenger_is_told_to_keep_the_news_for_us(
    ann: Partner, shop_id: int, messenger: Messenger
) -> None:
    await launch(ann, shop_id)
    assert [call.method for call in messenger.taken] == ["getMe", "deleteWebhook"]


class TestWithAPublicAddress:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"public_url": HttpUrl("https://bots.example")})

    async def test_the_messenger_is_told_where_to_deliver_and_the_secret(
        self, ann: Partner, shop_id: int, engine: Engine, messenger: Messenger
    ) -> None:
        bot = await launch(ann, shop_id)
        told = messenger.taken[-1]
        assert told.method == "setWebhook"
        assert told.body["url"] == f"https://bots.example/hooks/{shop_id}/{bot['id']}/"
        assert told.body["secret_token"] == (await engine.connections.of(shop_id, bot["id"])).secret
        assert (await ann.post(f"/api/bot/bot/{bot['id']}/stop/")).result["status"] == 3
        assert messenger.taken[-1].method == "deleteWebhook"

    async def test_links_of_a_page_lead_there_whatever_the_host_header_says(self, ann: Partner) -> None:
        for name in ("One", "Two"):
            await ann.post("/api/shop/shops/", {"name": name})
        page = await ann.ask("GET", "/api/shop/shops/", params={"limit": 1}, headers={"host": "evil.example"})
        assert page.result["next"] == "https://bots.example/api/shop/shops/?limit=1&offset=1"


async def test_credentials_that_the_messenger_refuses_are_told_in_its_words_and_kept_as_a_problem(
    ann: Partner, shop_id: int, messenger: Messenger
) -> None:
    bot = await connect(ann, shop_id)
    messenger.verdicts.append(UNAUTHORIZED)
    refused = await ann.post(f"/api/bot/bot/{bot['id']}/start/")
    assert (refused.status, list(refused.errors)) == (422, ["credentials"])
    status = (await ann.get(f"/api/bot/bot/{bot['id']}/status/")).result
    assert (status["status"], status["connected"]) == (1, False)
    assert status["problem"] == refused.errors["credentials"]


async def test_a_messenger_that_is_down_is_an_outage_and_no_mistake_of_the_shop(
    ann: Partner, shop_id: int, messenger: Messenger
) -> None:
    bot = await connect(ann, shop_id)
    messenger.verdicts.extend([DOWN] * 5)
    assert (await ann.post(f"/api/bot/bot/{bot['id']}/start/")).status == 503


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a messenger nobody knows": ({"kind": "pigeon"}, "kind"),
    "a path for a kind": ({"kind": "../telegram"}, "kind"),
    "no token": ({"credentials": {}}, "credentials.token"),
    "no token at all": ({"credentials": {"token": "S3cret"}}, "credentials.token"),
    "a field nobody knows": ({"credentials": {"token": "1:a", "base_url": "x"}}, "credentials.base_url"),
    "another shop's status": ({"status": 5}, "status"),
}


async def test_a_bot_that_cannot_be_connected_names_the_field_and_repeats_no_secret(
    ann: Partner, shop_id: int
) -> None:
    for name, (wrong, field) in WRONG.items():
        new = {"shop_id": shop_id, "kind": "telegram", "credentials": {"token": "1:a"}} | wrong
        refused = await ann.post(BOTS, new)
        assert (refused.status, list(refused.errors)) == (422, [field]), name
        assert "S3cret" not in str(refused.body)
    assert (await ann.get(BOTS, shop_id=shop_id)).result["count"] == 0


async def test_a_deleted_bot_leaves_nothing_but_its_leads(
    ann: Partner, shop_id: int, engine: Engine, database: Database, messenger: Messenger
) -> None:
    await publish(ann, shop_id, COFFEE)
    bot = await launch(ann, shop_id)
    for text in ("/start", "Order", "Ann"):
        assert (await hook(ann, engine, bot, update(7, text))).status == 200
    secret = (await engine.connections.of(shop_id, bot["id"])).secret
    assert (await ann.delete(f"{BOTS}{bot['id']}/")).body == {"status": "ok"}
    headers = {"x-telegram-bot-api-secret-token": secret}
    path = f"/hooks/{shop_id}/{bot['id']}/"
    assert (await ann.ask("POST", path, json=update(7, "hi"), headers=headers)).status == 401
    for table in ("bot", "bot_user", "message", "outbox", "timer"):
        assert await database.pool.fetchval(f"SELECT count(*) FROM {table}") == 0, table
    (lead,) = (await ann.get("/api/store/leads/", shop_id=shop_id)).result["results"]
    assert (lead["bot"], lead["bot_user"]) == (None, None)


async def test_every_channel_tells_how_it_is_connected(ann: Partner) -> None:
    channels = {one["kind"]: one for one in (await ann.get("/api/bot/channels/")).result["results"]}
    assert {"telegram", "web"} <= channels.keys()
    assert channels["telegram"]["credentials"]["properties"]["token"]["widget"] == "secret"
    assert channels["telegram"]["limits"]["text"] == 4096
