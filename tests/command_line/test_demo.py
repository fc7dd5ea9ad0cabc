"""`botique demo`: one command, and there is a shop to look at; stopped and started, it is as it was."""

import signal
import stat
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.command_line.program import Program, Said, free_port, servers_in
from tests.command_line.visitor import Shown, fetch, page


class Life(NamedTuple):
    """One start of the demo, from what it told to how it ended."""

    shown: Shown
    health: Any
    page: str
    talk: str
    leads: list[dict[str, Any]]
    orders: list[dict[str, Any]]
    end: Said
    left: list[int]


def live(folder: Path, number: signal.Signals, *, talking: bool) -> Life:
    """Start the demo, look round as a newcomer would, and end it with a signal."""
    with Program(folder, PORT=str(free_port())).started("demo") as demo:
        shown = Shown(demo.until("Password: "))
        health = fetch(f"{shown.root}/health")
        chat = page(shown["Talk to the bot"])
        talk = shown.talk() if talking else ""
        leads, orders = shown.leads(), shown.orders()
        end = demo.told(number)
    return Life(shown, health, chat, talk, leads, orders, end, servers_in(folder))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "files"


@pytest.fixture(scope="module")
def first(home: Path) -> Life:
    """On an empty folder, ended as a supervisor does it."""
    return live(home, signal.SIGTERM, talking=True)


@pytest.fixture(scope="module")
def second(home: Path, first: Life) -> Life:
    """On what the first start left, ended by Ctrl-C."""
    return live(home, signal.SIGINT, talking=False)


@pytest.fixture(params=["first", "second"])
def life(request: pytest.FixtureRequest) -> Life:
    found: Life = request.getfixturevalue(request.param)
    return found


def test_it_is_well_and_shows_its_chat(life: Life) -> None:
    assert life.health == {"status": "ok"}
    assert "<script" in life.page


def test_what_is_said_in_the_chat_becomes_a_lead(first: Life) -> None:
    assert "Welcome to Coffee Point!" in first.talk
    assert [lead["values"]["phone"] for lead in first.leads] == ["+12125550123"]


def test_what_is_ordered_in_the_chat_becomes_an_order(first: Life) -> None:
    assert [(order["number"], order["status"], order["total"]) for order in first.orders] == [(1, "new", 720)]


def test_the_second_start_keeps_the_shop_the_login_the_lead_and_the_order(first: Life, second: Life) -> None:
    for title in ("Shop", "E-mail", "Password"):
        assert second.shown[title] == first.shown[title]
    assert second.leads == first.leads
    assert second.orders == first.orders


def test_a_signal_ends_it_in_good_order_and_leaves_no_database_server(life: Life) -> None:
    assert life.end.code == 0
    assert "Traceback" not in life.end.err
    assert not life.left


def test_the_password_is_for_its_owner_alone_and_in_no_log(home: Path, first: Life) -> None:
    file = home / "demo.txt"
    assert file.read_text().strip() == first.shown["Password"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert first.shown["Password"] not in first.end.err
