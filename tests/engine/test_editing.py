"""A message in the place of the one whose button was pressed: the end state is that of the last turn."""

from typing import Any

import pytest
from msgspec.structs import replace

from engine.perform import Place, perform, read_outbox
from engine.runtime import Engine
from engine.scene import TurnScene
from engine.state import State
from engine.turn import Turn
from flows.card import Card
from flows.effects import Effect, Notice, Send, Typing
from flows.events import Pressed
from tests.engine.shop_floor import Shop, update
from tests.messenger import BLOCKED, DOWN, Messenger, Verdict, slow_down

CUP = {"kind": "image", "url": "https://shop.example/cup.jpg"}
NO_PICTURE: Verdict = (
    400,
    {"ok": False, "error_code": 400, "description": "Bad Request: wrong file identifier/HTTP URL specified"},
)
LAST = {"one": "Page 1", "two": "Page 2", "cup": "A cup"}
TOO_OLD: Verdict = (
    400,
    {"ok": False, "error_code": 400, "description": "Bad Request: message can't be edited"},
)


def page(id: str, text: str, *media: dict[str, str]) -> dict[str, Any]:
    to = [{"id": each, "label": each, "link": {"go": "jump", "to": each}} for each in ("one", "two", "cup")]
    return {"id": id, "kind": "message", "text": text, "media": media, "menu": to}


PAGES: dict[str, Any] = {
    "key": "main",
    "name": "Main",
    "start": "one",
    "triggers": [{"on": "default"}],
    "steps": [page("one", "Page 1"), page("two", "Page 2"), page("cup", "A cup", CUP)],
}


@pytest.fixture(autouse=True)
def pages_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step of these tests says what it says in the place of the pressed message."""
    say = TurnScene.say

    def in_place(scene: TurnScene, text: str, **how: Any) -> None:
        say(scene, text, **{**how, "instead": True})

    monkeypatch.setattr(TurnScene, "say", in_place)


async def shown(shop: Shop, engine: Engine, messenger: Messenger, *turned: str) -> None:
    """The first page stands before the user as message 1, or the last of those that he turned to."""
    await shop.open([PAGES])
    async with engine.working():
        await shop.start("7")
        for item in turned:
            await press(shop, item)
        await messenger.until(lambda: len(messenger.taken) == 1 + len(turned))


async def press(shop: Shop, item: str, on: str = "1", ack: str = "") -> None:
    """Press the button of the first page that leads to the page `item`, under the message `on`."""
    pressed = update("7", Pressed(shop.revisions["main"], "one", item), ack=ack)
    await shop.engine.receive(shop.id, shop.bot_id, [replace(pressed, on=on)])


async def delivered(engine: Engine, messenger: Messenger, requests: int) -> list[str]:
    """What was asked since the first page was shown, taken or not; all outcomes are written by then."""
    before = len(messenger.taken) + len(messenger.refused)
    async with engine.working():
        await messenger.until(lambda: len(messenger.taken) + len(messenger.refused) >= before + requests)
    return [call.method for call in messenger.taken[1:]]


async def outcomes(shop: Shop) -> list[tuple[str, str, str | None]]:
    """Of each message to the user how it went, what the messenger calls it, and what was lost."""
    rows = await shop.database.pool.fetch(
        "SELECT status, external_id, problem FROM message WHERE direction = 2 ORDER BY seq"
    )
    return [(row["status"], row["external_id"], row["problem"]) for row in rows]


async def test_a_page_takes_the_place_of_the_page_whose_button_was_pressed(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shown(shop, engine, messenger)
    await press(shop, "two", ack="callback-1")
    assert await delivered(engine, messenger, 2) == ["answerCallbackQuery", "editMessageText"]
    assert messenger.sees("7") == ["Page 2"]
    assert await outcomes(shop) == [("sent", "1", None), ("sent", "1", None)]


async def test_a_message_that_cannot_be_named_is_left_alone(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shown(shop, engine, messenger)
    await press(shop, "two", on="")
    assert await delivered(engine, messenger, 1) == ["sendMessage"]
    assert messenger.sees("7") == ["Page 1", "Page 2"]


async def test_words_become_a_picture_and_a_picture_makes_room_for_words(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shown(shop, engine, messenger)
    await press(shop, "cup")
    await press(shop, "two", on="1 media")
    asked = await delivered(engine, messenger, 3)
    assert asked == ["editMessageMedia", "sendMessage", "deleteMessage"]
    assert messenger.sees("7") == ["Page 2"]
    assert await outcomes(shop) == [("sent", "1", None), ("sent", "1", None), ("sent", "3", None)]


async def test_pressed_twice_it_is_edited_once_and_stays_so(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shown(shop, engine, messenger)
    await press(shop, "two")
    await press(shop, "two")
    assert await delivered(engine, messenger, 2) == ["editMessageText"]
    assert "not modified" not in str(await outcomes(shop))
    assert messenger.sees("7") == ["Page 2"]
    assert [status for status, _, _ in await outcomes(shop)] == ["sent"] * 3


@pytest.mark.parametrize(
    "presses", [["two", "cup"], ["cup", "two"], ["two", "one", "two", "cup"]], ids="-".join
)
async def test_of_presses_under_one_old_message_the_last_one_stands(
    shop: Shop, engine: Engine, messenger: Messenger, presses: list[str]
) -> None:
    await shown(shop, engine, messenger)
    messenger.verdicts.append(slow_down(1))
    for item in presses:
        await press(shop, item)
    async with engine.working():
        await messenger.until(lambda: messenger.taken[-1].text == LAST[presses[-1]])
    assert messenger.sees("7")[-1] == LAST[presses[-1]]
    assert await shop.count("outbox") == 0


@pytest.mark.parametrize("verdict", [TOO_OLD, NO_PICTURE], ids=["too old", "a picture that is refused"])
async def test_what_cannot_be_edited_is_sent_anew_once(
    shop: Shop, engine: Engine, messenger: Messenger, verdict: Verdict
) -> None:
    await shown(shop, engine, messenger)
    messenger.verdicts.append(verdict)
    await press(shop, "cup")
    assert await delivered(engine, messenger, 2) == ["sendPhoto"]
    assert messenger.sees("7") == ["Page 1", "A cup"]
    assert (await outcomes(shop))[1] == ("sent", "2", None)


async def test_what_was_deleted_meanwhile_is_sent_anew(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shown(shop, engine, messenger)
    messenger.chats["7"].clear()
    await press(shop, "two")
    assert await delivered(engine, messenger, 2) == ["sendMessage"]
    assert messenger.sees("7") == ["Page 2"]


async def test_a_picture_that_is_refused_here_and_there_leaves_its_words(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shown(shop, engine, messenger)
    messenger.verdicts.extend([NO_PICTURE] * 2)
    await press(shop, "cup")
    assert await delivered(engine, messenger, 3) == ["sendMessage"]
    status, _, loss = (await outcomes(shop))[1]
    assert status == "sent"
    assert "without what was to be shown" in str(loss)


async def test_a_picture_that_cannot_be_tidied_away_holds_nothing_up(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shown(shop, engine, messenger, "cup")
    messenger.chats["7"].clear()
    await press(shop, "two", on="1 media")
    await press(shop, "one", on="3")
    asked = await delivered(engine, messenger, 3)
    assert asked[1:] == ["sendMessage", "editMessageText"]
    assert messenger.sees("7") == ["Page 1"]


async def test_an_edit_whose_answer_was_lost_is_made_again_and_nothing_is_doubtful(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shown(shop, engine, messenger)
    messenger.verdicts.append(DOWN)
    await press(shop, "two")
    await delivered(engine, messenger, 1)
    assert (await outcomes(shop))[1][0] == "queued"
    assert await delivered(engine, messenger, 1) == ["editMessageText"]
    assert (await outcomes(shop))[1] == ("sent", "1", None)


async def test_who_blocked_the_bot_is_gone_though_it_was_an_edit(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shown(shop, engine, messenger)
    messenger.verdicts.append(BLOCKED)
    await press(shop, "two")
    assert await delivered(engine, messenger, 1) == []
    assert not (await shop.user("7"))["reachable"]


PAGE, WORD = Send("Page 2", instead=True), Send("Added")


@pytest.mark.parametrize(
    ("effects", "on"),
    [
        ((PAGE,), ["77"]),
        ((PAGE, PAGE), ["77", ""]),
        ((PAGE, WORD), ["77", ""]),
        ((WORD, PAGE), ["", ""]),
        ((Notice("Added"), PAGE), ["77"]),
        ((Typing(1), PAGE), ["77"]),
        ((WORD,), [""]),
    ],
    ids=str,
)
def test_the_first_word_of_a_turn_takes_the_place_if_it_asks_for_it(
    effects: tuple[Effect, ...], on: list[str]
) -> None:
    place = Place(3, sends=True, notices=True, ack="callback-1", on="77")
    rows = perform(Turn(State(), Card(), effects), Pressed(1, "list", "next"), place)
    said = [item for item in map(read_outbox, (row.body for row in rows.outbox)) if isinstance(item, Send)]
    assert [item.instead_of for item in said] == on


@pytest.mark.parametrize(
    ("effects", "said"),
    [
        ((Notice("Added"), PAGE), [("Added\n\nPage 2", "77")]),
        ((Notice("Added"), Notice("Full"), PAGE), [("Added\n\nFull\n\nPage 2", "77")]),
        ((Notice("Added"), PAGE, PAGE), [("Added\n\nPage 2", "77"), ("Page 2", "")]),
        ((Notice("Out of date"), WORD), [("Out of date", ""), ("Added", "")]),
        ((Notice("Added"), Typing(1), PAGE), [("Added", ""), ("Page 2", "")]),
        ((PAGE, Notice("Added")), [("Page 2", "77"), ("Added", "")]),
        ((Notice("Added"),), [("Added", "")]),
    ],
    ids=str,
)
def test_where_no_notice_can_be_shown_it_stands_above_what_takes_the_place(
    effects: tuple[Effect, ...], said: list[tuple[str, str]]
) -> None:
    place = Place(3, sends=True, notices=False, on="77")
    rows = perform(Turn(State(), Card(), effects), Pressed(1, "list", "next"), place)
    items = [item for item in map(read_outbox, (row.body for row in rows.outbox)) if isinstance(item, Send)]
    assert [(item.text, item.instead_of) for item in items] == said
