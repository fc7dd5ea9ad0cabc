"""What was said, a word of one's own, and the leads that came of it."""

from typing import Any

import pytest

from engine.runtime import Engine
from tests.api.floor import COFFEE, hook, launch, meet, publish, update
from tests.api.partner import Partner
from tests.messenger import Messenger

SEND = "/api/bot/messages/send_message/"
LEADS = "/api/store/leads/"


@pytest.fixture
async def bot(ann: Partner, shop_id: int) -> dict[str, Any]:
    await publish(ann, shop_id, COFFEE)
    return await launch(ann, shop_id)


@pytest.fixture
async def user(ann: Partner, engine: Engine, bot: dict[str, Any]) -> dict[str, Any]:
    return await meet(ann, engine, bot, 7)


async def test_ht_06_and_ht_07_a_message_goes_to_a_person_or_a_chat_with_its_buttons_in_columns(
    ann: Partner, shop_id: int, engine: Engine, user: dict[str, Any], messenger: Messenger
) -> None:
    buttons = [{"text": f"Page {n}", "url": f"https://shop.example/{n}"} for n in range(3)]
    more = {"content_type": "text", "inline_buttons": buttons, "inline_buttons_cols": 2, "application": "crm"}
    for key in ("bot_user_id", "chat_id"):
        sent = await ann.post(SEND, {key: user["id"], "payload": {"text": f"By {key}"}} | more)
        assert sent.body == {"status": "ok", "result": True}
    async with engine.working():
        await messenger.until(lambda: messenger.texts("7") == ["Welcome!", "By bot_user_id", "By chat_id"])
    [*_, last] = [call for call in messenger.taken if call.method == "sendMessage"]  # we poll it as well
    keyboard = last.body["reply_markup"]["inline_keyboard"]
    assert [[button["text"] for button in row] for row in keyboard] == [["Page 0", "Page 1"], ["Page 2"]]


async def test_what_was_said_is_listed_the_latest_first(
    ann: Partner, shop_id: int, engine: Engine, bot: dict[str, Any], user: dict[str, Any]
) -> None:
    await hook(ann, engine, bot, update(7, "Order"))
    await ann.post(SEND, {"chat_id": user["id"], "payload": {"text": "A person here"}})
    listed = (await ann.get("/api/bot/messages/", shop_id=shop_id, chat=user["id"])).result
    said = [(one["direction"], one["text"]) for one in listed["results"]]
    assert said == [(2, "A person here"), (2, "Your name?"), (1, "Order"), (2, "Welcome!"), (1, "")]
    assert listed["count"] == 5
    assert listed["results"][0]["author_id"] is not None
    assert listed["results"][1]["author_id"] is None
    none = await ann.get("/api/bot/messages/", shop_id=shop_id, chat=user["id"], created_at__lt=1)
    assert none.result["count"] == 0
    (chat,) = (await ann.get("/api/bot/chats/", shop_id=shop_id)).result["results"]
    assert (chat["id"], chat["bot_user"]["id"]) == (user["id"], user["id"])


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "nothing to say": ({"payload": {}}, "payload"),
    "spaces": ({"payload": {"text": "  "}}, "payload"),
    "a picture that is a file of ours": (
        {"payload": {"image_url": "file:///etc/passwd"}},
        "payload.image_url",
    ),
    "nobody": ({"chat_id": None}, "bot_user_id"),
    "two people": ({"bot_user_id": 10**6}, "bot_user_id"),
    "nine columns": ({"inline_buttons_cols": 9}, "inline_buttons_cols"),
    "a button that runs a script": (
        {"inline_buttons": [{"text": "x", "url": "javascript:alert(1)"}]},
        "inline_buttons.0.url",
    ),
}


async def test_a_message_that_cannot_be_sent_is_refused_by_field(
    ann: Partner, engine: Engine, user: dict[str, Any], messenger: Messenger
) -> None:
    for name, (wrong, field) in WRONG.items():
        refused = await ann.post(SEND, {"chat_id": user["id"], "payload": {"text": "x"}} | wrong)
        assert (refused.status, list(refused.errors)) == (422, [field]), name
    async with engine.working():
        await messenger.until(lambda: messenger.texts("7") == ["Welcome!"])


async def test_leads_are_filtered_and_worked_on(
    ann: Partner, shop_id: int, engine: Engine, bot: dict[str, Any], user: dict[str, Any]
) -> None:
    for text in ("Order", "Ann", "/start", "Order", "Gilbert"):
        await hook(ann, engine, bot, update(7, text))
    both = (await ann.get(LEADS, shop_id=shop_id)).result["results"]
    assert [lead["values"]["customer"] for lead in both] == ["Gilbert", "Ann"]
    done = (await ann.patch(f"{LEADS}{both[0]['id']}/", {"status": "done", "comment": "Called"})).result
    assert (done["status"], done["comment"]) == ("done", "Called")
    for query, names in (
        ({"status": "new"}, ["Ann"]),
        ({"status": "done"}, ["Gilbert"]),
        ({"form": "order"}, ["Gilbert", "Ann"]),
        ({"form": "other"}, []),
        ({"search": "gilb"}, ["Gilbert"]),
        ({"created_at__gte": 1}, ["Gilbert", "Ann"]),
        ({"created_at__lt": 1}, []),
        ({"bot_user": user["id"]}, ["Gilbert", "Ann"]),
    ):
        found = (await ann.get(LEADS, **({"shop_id": shop_id} | query))).result["results"]
        assert [lead["values"]["customer"] for lead in found] == names, query
    wrong: list[dict[str, Any]] = [{"status": "lost"}, {"values": {}}, {"status": None}, {"tags": [""]}]
    for change in wrong:
        assert (await ann.patch(f"{LEADS}{both[0]['id']}/", change)).status == 422, change
