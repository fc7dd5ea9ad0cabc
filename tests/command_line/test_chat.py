"""`botique chat`: a conversation in the terminal, from scripts of what is typed."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from tests.command_line.program import STARTERS, Program

SCRIPTS = {path.stem: path for path in sorted((Path(__file__).parent / "scripts").glob("*.yaml"))}

ENDLESS = """
key: round
name: Round and round
start: a
steps:
  - {id: a, kind: message, text: Once more, next: {go: jump, to: a}}
"""


def in_order(lines: list[str], text: str) -> None:
    rest = text
    for line in lines:
        before, found, rest = rest.partition(line)
        assert found, f"«{line}» is not in what follows:\n{before}"


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_of_answers_is_talked_through(script: str, botique: Program) -> None:
    case: dict[str, Any] = yaml.safe_load(SCRIPTS[script].read_text())
    files = [STARTERS / f"{name}.yaml" for name in case["starters"]]
    typed = "".join(f"{line}\n" for line in case["typed"])
    said = botique("chat", *files, *case.get("arguments", []), typed=typed)
    assert said.code == 0, said.err
    in_order(case["shows"], said.out)
    assert not [mark for mark in case.get("never", []) if mark in said.out]
    in_order(case.get("remarks", []), said.err)


def test_the_last_line_needs_no_line_break_and_bytes_need_not_be_text(botique: Program) -> None:
    said = botique("chat", STARTERS / "coffee_point.yaml", typed=b"\xff\xfe\n3")
    assert said.code == 0
    in_order(["Sorry, I did not get that.", "You: 3", "Monday to Friday"], said.out)


def test_flows_that_links_enter_are_found_beside_the_given_one(botique: Program) -> None:
    said = botique("chat", STARTERS / "coffee_point.yaml")
    assert "lead_form.yaml" in said.err
    assert "operator.yaml" in said.err


def test_an_unsound_flow_is_refused_with_its_problems(botique: Program, tmp_path: Path) -> None:
    file = tmp_path / "round.yaml"
    file.write_text(ENDLESS)
    said = botique("chat", file)
    assert said.code == 1
    assert f"{file}: error: a" in said.out
    assert "--force" in said.err
    assert "Once more" not in said.out


def test_a_forced_flow_without_end_says_so_and_sends_nothing(botique: Program, tmp_path: Path) -> None:
    file = tmp_path / "round.yaml"
    file.write_text(ENDLESS)
    said = botique("chat", file, "--force", typed="hello\n")
    assert said.code == 0
    assert "no end at round.a" in said.err
    assert "Once more" not in said.out


@pytest.mark.parametrize(
    ("arguments", "code", "advice"),
    [
        ([STARTERS / "tea_point.yaml"], 1, "cannot be read: No such file"),
        ([STARTERS / "coffee_point.yaml", "--zone", "Moon/Base"], 2, "no time zone «Moon/Base»"),
        ([], 2, "Missing argument"),
    ],
)
def test_what_cannot_be_talked_to_is_told_in_a_sentence(
    arguments: list[str | Path], code: int, advice: str, botique: Program
) -> None:
    said = botique("chat", *arguments)
    assert said.code == code
    assert advice in said.err
    assert "Traceback" not in said.err


ASKING = """
key: asking
name: Asking
start: ask
steps:
  - id: ask
    kind: http_request
    url: {address}/price
    mapping: [{{path: price, variable: price}}]
    success: {{go: forward, to: told}}
    error: {{go: forward, to: failed}}
  - {{id: told, kind: message, text: "It costs {{{{ price }}}}."}}
  - {{id: failed, kind: message, text: Nobody knows.}}
"""


class Shopkeeper(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"price": 42}')

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def shopkeeper() -> Iterator[str]:
    """The address of another system."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Shopkeeper) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("networks", "answer"), [('["127.0.0.0/8"]', "It costs 42."), ("[]", "Nobody knows.")]
)
def test_other_systems_are_really_asked_where_they_may_be(
    networks: str, answer: str, shopkeeper: str, folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "asking.yaml"
    file.write_text(ASKING.format(address=shopkeeper))
    said = Program(folder, BOTIQUE_HTTP_NETWORKS=networks)("chat", file)
    assert (said.code, said.out) == (0, f"Bot: {answer}\n")


SHOP = """
key: shop
name: Shop
start: goods
steps:
  - {id: goods, kind: catalogue, cart: {go: forward, to: basket}, empty: {go: forward, to: closed}}
  - {id: basket, kind: cart, checkout: {go: forward, to: bought}, back: {go: jump, to: goods}}
  - {id: bought, kind: message, text: Thank you.}
  - {id: closed, kind: message, text: We are closed.}
"""
GOODS = """
currency: EUR
products:
  - {title: Latte, variants: [{title: Small, price: 3}, {title: Large, price: "3.50", stock: 1}]}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    file = tmp_path / "shop.yaml"
    file.write_text(SHOP)
    return file


def test_what_a_file_of_goods_holds_is_sold(shop: Path, botique: Program) -> None:
    wares = shop.with_name("wares.txt")
    wares.write_text(GOODS)
    typed = "latte\nlarge\nlarge\ncart\nplace the order\n"
    said = botique("chat", shop, "--wares", wares, typed=typed)
    assert said.code == 0, said.err
    shelf = ["1. Latte · from €3", "Large: €3.50 · left: 1", "Bot: Added: Latte, Large"]
    in_order([*shelf, "Bot: Latte, Large: only 1 in stock.", "Total: €3.50", "Bot: Thank you."], said.out)


def test_without_a_file_of_goods_nothing_is_sold(shop: Path, botique: Program) -> None:
    assert botique("chat", shop).out == "Bot: We are closed.\n"


@pytest.mark.parametrize(
    ("goods", "advice"),
    [
        (None, "cannot be read: No such file"),
        ("currency: dollars", "«currency» must be a currency"),
        ("products: [1", "line 1: This is not YAML"),
        ("- Latte", "holds no list of goods"),
    ],
)
def test_a_file_that_holds_no_goods_is_told_in_a_sentence(
    goods: str | None, advice: str, shop: Path, botique: Program
) -> None:
    wares = shop.with_name("wares.txt")
    if goods is not None:
        wares.write_text(goods)
    said = botique("chat", shop, "--wares", wares)
    assert (said.code, said.out) == (1, "")
    assert advice in said.err
    assert "Traceback" not in said.err
