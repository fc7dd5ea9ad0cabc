"""What a visitor of the web chat is promised, on a real engine and a real socket."""

from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from constructor_api.web_chat import talk as widget_talk
from engine.runtime import Engine
from engine.settings import Settings
from engine.store.unit import Database
from tests.engine.flows_for_tests import MENU
from tests.web.live import Line, Live, living
from tests.web.outage import wired

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def closing_word(line: Line) -> str:
    """Why the server hangs up."""
    reason: str = (await line.until("bye"))[-1]["reason"]
    with pytest.raises(ConnectionClosed):
        await line.next()
    return reason


async def test_a_newcomer_is_greeted_by_the_bot(live: Live) -> None:
    async with live.line(await live.newcomer()) as line:
        welcome, greeting = await line.told("Hello ")
    assert welcome["t"] == "hello"
    assert [button["label"] for button in greeting["buttons"]] == ["Call me", "Again"]
    assert welcome["seq"] == greeting["seq"]


async def test_a_press_leads_on_and_is_told_back_before_the_answer(live: Live) -> None:
    async with live.line(await live.newcomer()) as line:
        call = (await line.told("Hello "))[-1]["buttons"][0]
        await line.send(t="press", id="1", code=call["code"], label=call["label"])
        frames = [frame for frame in await line.told("Thanks") if frame["t"] == "message"]
    assert frames[0]["code"] == call["code"]
    assert await live.shop.count("lead") == 1


async def test_what_is_sent_twice_under_one_id_is_said_once(live: Live) -> None:
    async with live.line(await live.newcomer()) as line:
        for _ in range(3):
            assert (await line.answer(t="say", id="same", text="Oat milk?"))["t"] == "ack"
    assert await live.shop.count("message", "body ->> 'text' = 'Oat milk?'") == 1


async def test_two_visitors_may_use_the_same_id(live: Live) -> None:
    for _ in range(2):
        async with live.line(await live.newcomer()) as line:
            assert (await line.answer(t="say", id="1", text="Hi"))["t"] == "ack"
    assert await live.shop.count("message", "body ->> 'text' = 'Hi'") == 2


async def test_who_comes_back_gets_what_he_missed_and_nothing_twice(live: Live) -> None:
    token = await live.newcomer()
    async with live.line(token) as line:
        await line.told("Hello ")
        seq = line.seq
    async with live.line(token) as line:
        await line.told("Hello ")
        await line.answer(t="say", id="1", text="from another tab")
    async with live.line(token, seq=seq) as line:
        missed = (await line.told("from another tab"))[1:]
    assert [message.get("text") for message in missed] == ["from another tab"]


async def test_coming_back_does_not_start_again(live: Live) -> None:
    token = await live.newcomer()
    for _ in range(3):
        async with live.line(token) as line:
            await line.told("Hello ")
    assert await live.shop.count("message", "body ->> 'it' = 'started'") == 1


async def test_a_link_with_a_parameter_starts_once_a_visit(live: Live) -> None:
    token = await live.newcomer()
    async with live.line(token) as line:
        await line.told("Hello ")
    for _ in range(2):
        async with live.line(token, parameter="remind", load="visit") as line:
            await line.told("Soon")
    assert await live.shop.count("message", "body ->> 'parameter' = 'remind'") == 1


async def test_what_the_bot_says_later_comes_by_itself(live: Live) -> None:
    async with live.shop.engine.working(), live.line(await live.newcomer(), parameter="remind") as line:
        await line.told("Now")


async def test_two_tabs_of_one_visitor_show_the_same(live: Live) -> None:
    token = await live.newcomer()
    async with live.line(token) as one, live.line(token) as other:
        await one.send(t="say", id="1", text="Hi both")
        await one.told("Hi both")
        await other.told("Hi both")


async def test_of_a_long_past_the_last_hundred_are_shown(live: Live) -> None:
    token = await live.newcomer()
    async with live.line(token) as line:
        await line.told("Hello ")
    await live.shop.database.pool.execute(
        "INSERT INTO message (shop_id, bot_user_id, seq, direction, body, status)"
        " SELECT shop_id, id, 1000 + n, 2, jsonb_build_object('do', 'send', 'text', 'old ' || n), 'sent'"
        " FROM bot_user, generate_series(1, 150) n"
    )
    async with live.line(token) as line:
        shown = (await line.told("old 150"))[1:]
    assert [message["text"] for message in shown] == [f"old {n}" for n in range(51, 151)]


async def test_what_operators_note_is_not_for_the_visitor(live: Live) -> None:
    token = await live.newcomer()
    async with live.line(token) as line:
        await line.told("Hello ")
        seq = line.seq
    await live.shop.database.pool.execute(
        "INSERT INTO message (shop_id, bot_user_id, seq, direction, body, status)"
        """ SELECT shop_id, id, 1000 + n, 3, '{"do": "note", "text": "rude"}', 'received'"""
        " FROM bot_user, generate_series(1, 250) n"
    )
    async with live.line(token, seq=seq) as line:
        frames = [*await line.until("hello"), await line.answer(t="ping")]
    assert [frame["t"] for frame in frames] == ["hello", "pong"]


async def test_nul_and_half_characters_are_cleaned(live: Live) -> None:
    async with live.line(await live.newcomer()) as line:
        await line.socket.send('{"t": "say", "id": "1", "text": "a\\u0000b\\ud800c"}')
        assert (await line.told("ab\ufffdc"))[-1]["from"] == "user"


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ({"t": "say", "id": "1", "text": "x" * 4001}, "too_long"),
        ({"t": "say", "id": "1"}, "malformed"),
        ({"t": "say", "id": "1", "text": 5}, "malformed"),
        ({"t": "press", "id": "1", "code": "nonsense"}, "malformed"),
        ({"t": "dance", "id": "1"}, "malformed"),
    ],
)
async def test_what_cannot_be_taken_is_refused_by_its_id(
    live: Live, frame: dict[str, object], reason: str
) -> None:
    async with live.line(await live.newcomer()) as line:
        assert await line.answer(**frame) == {"t": "error", "id": "1", "reason": reason}
        assert (await line.answer(t="say", id="2", text="still here"))["t"] == "ack"


@pytest.mark.parametrize("raw", ["", "[]", "5", "{", "\x00", '"hello"', b"\xff\xfe", "[" * 5000])
async def test_nonsense_is_refused_and_the_line_stays(live: Live, raw: str | bytes) -> None:
    async with live.line(await live.newcomer()) as line:
        await line.told("Hello ")
        await line.socket.send(raw)
        assert await line.next() == {"t": "error", "id": "", "reason": "malformed"}
        assert (await line.answer(t="ping"))["t"] == "pong"


async def test_a_frame_that_is_too_big_ends_the_talk(live: Live) -> None:
    async with live.line(await live.newcomer()) as line:
        await line.told("Hello ")
        await line.socket.send("x" * 17_000)
        assert await closing_word(line) == "too_big"


async def test_who_says_too_much_at_once_is_slowed_down_and_loses_nothing(live: Live) -> None:
    async with live.line(await live.newcomer()) as line:
        answers = [await line.answer(t="say", id=str(n), text=f"text {n}") for n in range(30)]
    refused = [answer for answer in answers if answer["t"] == "error"]
    assert refused
    assert {answer["reason"] for answer in refused} == {"too_many"}
    assert await live.shop.count("message", "body ->> 'text' LIKE 'text %'") == 30 - len(refused)


async def test_a_visitor_has_five_sockets_and_no_sixth(live: Live) -> None:
    token = await live.newcomer()
    async with (
        live.line(token) as a,
        live.line(token) as b,
        live.line(token) as c,
        live.line(token) as d,
        live.line(token) as e,
        live.line(token) as sixth,
    ):
        for line in (a, b, c, d, e):
            await line.until("hello")
        assert await closing_word(sixth) == "crowded"
    async with live.line(token) as line:
        await line.until("hello")


async def test_a_dead_database_is_told_and_the_same_frame_goes_through_later(
    dsn: str, tmp_path: Path
) -> None:
    async with (
        wired(dsn, tmp_path) as wire,
        Database(wire.dsn, connections=4) as database,
        Engine(Settings(folder=tmp_path), database) as engine,
        living(engine, database, [MENU]) as live,
        live.line(await live.newcomer()) as line,
    ):
        await line.told("Hello ")
        await wire.cut()
        answer = await line.answer(t="say", id="1", text="Oat milk?")
        assert answer == {"t": "error", "id": "1", "reason": "unavailable"}
        await wire.mend()
        assert (await line.answer(t="say", id="1", text="Oat milk?"))["t"] == "ack"


async def test_a_socket_that_says_no_hello_is_sent_away(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(widget_talk, "HELLO_SECONDS", 0.05)
    async with live.knock() as line:
        assert await closing_word(line) == "session"


@pytest.mark.parametrize("first", [{"t": "say", "id": "1", "text": "Hi"}, {"t": "hello", "token": "forged"}])
async def test_a_socket_without_a_good_token_is_sent_for_one(live: Live, first: dict[str, object]) -> None:
    async with live.knock() as line:
        await line.send(**first)
        assert await closing_word(line) == "session"


async def test_a_session_knows_its_visitor_again_and_renews_his_token(live: Live) -> None:
    status, first = await live.session()
    assert (status, first["result"] | {"token": ""}) == (
        200,
        {
            "token": "",
            "title": "Coffee Point",
            "colour": "#2457d6",
            "greeting": "Welcome",
            "lang": "es",
        },
    )
    _, again = await live.session(token=first["result"]["token"])
    _, forged = await live.session(token=first["result"]["token"][:-2] + "xx")
    visitors = [answer["result"]["token"].partition(".")[0] for answer in (first, again, forged)]
    assert visitors[0] == visitors[1] != visitors[2]


@pytest.mark.parametrize("kind", ["unknown", "stopped", "another channel's"])
async def test_a_chat_that_is_not_there_is_not_found(live: Live, kind: str) -> None:
    door = live.door
    if kind == "unknown":
        door = f"{live.address}/widget/{live.shop.id}/999999"
    elif kind == "stopped":
        await live.stop()
    else:
        await live.shop.open([], kind="telegram")
        door = live.door
    status, answer = await live.session(door)
    assert (status, answer["status"], answer["code"]) == (404, "error", "not_found")
    async with live.knock(door) as line:
        assert await closing_word(line) == "gone"


async def test_a_bot_that_is_stopped_says_goodbye_to_its_visitors(live: Live) -> None:
    async with live.line(await live.newcomer()) as line:
        await line.told("Hello ")
        await live.stop()
        assert await closing_word(line) == "gone"


@pytest.mark.parametrize("origin", [None, "http://{host}", "https://shop.example", "HTTPS://Shop.Example"])
async def test_our_page_and_the_bots_sites_may_open_a_socket(live: Live, origin: str | None) -> None:
    await live.look(origins=["https://shop.example"])
    host = live.address.removeprefix("http://")
    async with live.knock(origin=origin and origin.format(host=host)) as line:
        await line.send(t="hello", token=await live.newcomer())
        await line.told("Hello ")


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "https://shop.example.evil.example", "http://shop.example"]
)
async def test_other_sites_may_not(live: Live, origin: str) -> None:
    await live.look(origins=["https://shop.example"])
    with pytest.raises(InvalidStatus, match="403"):
        async with live.knock(origin=origin):
            pass
