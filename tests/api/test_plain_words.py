"""What is wrong with a call is told in words that need no knowledge of what we are written with."""

from typing import Any

from tests.api.floor import COFFEE, draw
from tests.api.partner import Partner

BOTS, SHOPS, LOGIN = "/api/bot/bots/", "/api/shop/shops/", "/api/account/login/"
MISSING = "This is missing. Add it."
UNKNOWN = "This is not known here. Check its spelling, or remove it."
TOKEN = "This must be a token from @BotFather, such as 123456:AAF-x_y."

TOLD: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    (BOTS, {"kind": "telegram", "credentials": {"token": "S3cret"}}, {"credentials.token": TOKEN}),
    (BOTS, {"kind": "telegram", "credentials": {"token": 5}}, {"credentials.token": "This is not a text."}),
    (BOTS, {"kind": "telegram", "credentials": {}}, {"credentials.token": MISSING}),
    (
        BOTS,
        {"kind": "web", "credentials": {"colour": "red", "origins": ["shop"], "font": "Arial"}},
        {
            "credentials.colour": "This must be a colour such as #2563eb.",
            "credentials.origins.0": "A site is written like https://shop.example.",
            "credentials.font": UNKNOWN,
        },
    ),
    (BOTS, {"credentials": []}, {"kind": MISSING, "credentials": "This has no fields."}),
    (SHOPS, {"name": "  "}, {"name": "This is empty. Write something."}),
    (SHOPS, {"name": ""}, {"name": "This is empty. Write something."}),
    (SHOPS, {"name": "x", "owner": 1}, {"owner": UNKNOWN}),
    (
        SHOPS,
        {"name": "x", "currency": "euro"},
        {"currency": "This must be three capital letters, such as EUR."},
    ),
    (
        SHOPS,
        {"name": "x", "timezone": "Mars"},
        {"timezone": "This is no time zone; write one like Europe/Berlin."},
    ),
    (
        "/api/bot/flows/",
        {"name": "x", "key": "My flow"},
        {"key": "This must be small Latin letters, digits and underscores, a letter first, 40 at most."},
    ),
    (
        "/api/bot/messages/send_message/",
        {"bot_user_id": "x", "content_type": "song", "payload": {"image_url": "x"}},
        {
            "bot_user_id": "This must be a whole number.",
            "content_type": "This must be text, image, video or file.",
            "payload.image_url": "This must be an address that begins with https:// or http://.",
        },
    ),
]


async def test_a_wrong_body_is_told_in_plain_words(ann: Partner, shop_id: int) -> None:
    for path, body, told in TOLD:
        within = {} if path == SHOPS else {"shop_id": shop_id}
        refused = await ann.post(path, within | body)
        assert (refused.status, refused.errors) == (422, told), (path, body)


async def test_no_body_and_a_wrong_number_are_told_in_plain_words(ann: Partner, shop_id: int) -> None:
    assert (await ann.post(SHOPS)).errors == {"common": "The body is missing. Add it."}
    assert (await ann.post(SHOPS, [])).errors == {"common": "The body has no fields."}
    page = await ann.get(BOTS, shop_id=shop_id, limit=101)
    assert page.errors == {"limit": "This must be 100 or less."}
    step = await ann.get("/api/bot/steps/hello/")
    assert step.errors == {"id": "This must be a flow's number and a step's id, such as 7.hello."}


async def test_a_wrong_step_is_told_in_the_words_of_a_wrong_file(ann: Partner, shop_id: int) -> None:
    flow = await draw(ann, shop_id, COFFEE)
    new = {"shop_id": shop_id, "flow": flow["id"], "step": {"kind": "message", "text": 5, "late": "never"}}
    refused = await ann.post("/api/bot/steps/", new)
    assert refused.errors == {
        "step.text": "This is not a text.",
        "step.late": "This must be go, outdated or ignore.",
    }
    wrong = await ann.ask(
        "POST", "/api/bot/flows/import/", params={"shop_id": shop_id}, json={"yml": "key: x"}
    )
    assert wrong.errors == {"yaml": MISSING, "yml": UNKNOWN}
