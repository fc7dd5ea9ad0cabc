"""Accounts, flows and bots from the command line, on a database of their own."""

import json
from pathlib import Path

import pytest

from engine.passwords import verify
from engine.store.accounts import Account, Accounts
from engine.store.bots import Bots
from engine.store.shops import Shop, Shops
from engine.store.unit import Database
from flows.exchange import read
from tests.command_line.program import STARTERS, Program

OWNER = "bea@example.com"
EMAIL = "ann@example.com"
PASSWORD = "correct horse battery"
TOKEN = "123456789:AAExample-token_of_thirty-five-char"


@pytest.fixture
def botique(folder: Path, dsn: str) -> Program:
    # Nobody listens on the discard port: a messenger that is down.
    return Program(folder, DATABASE_URL=dsn, BOTIQUE_CHANNEL_URLS='{"telegram": "http://127.0.0.1:9"}')


@pytest.fixture
async def shop(database: Database) -> str:
    """The number of a shop."""
    async with database.unit() as unit:
        account = await Accounts(unit).add(Account(email=OWNER, password_hash=""))
        return str((await Shops(unit).open(account.id, Shop(name="Bea's Bread"))).id)


async def test_an_account_logs_in_with_what_was_typed_and_owns_its_shop(
    botique: Program, database: Database
) -> None:
    added = botique("account", "add", EMAIL, "--shop", "Ann's Cakes", typed=f"{PASSWORD}\n")
    assert added.code == 0, added.err
    async with database.unit() as unit:
        account = await Accounts(unit).by_email(EMAIL)
    assert account is not None
    assert await verify(PASSWORD, account.password_hash)
    number = added.out.rstrip(".\n").split()[-1]
    assert botique("account", "shops", EMAIL).out == f"{number}\tAnn's Cakes\towner\n"


@pytest.mark.parametrize(
    ("email", "typed", "code", "advice"),
    [
        ("ann", PASSWORD, 2, "no e-mail address"),
        (EMAIL, "short", 2, "too short"),
        (EMAIL, "", 2, "the input is empty"),
        (EMAIL, "x" * 2000, 2, "1024 characters at most"),
        (OWNER.upper(), PASSWORD, 1, "There is an account"),
    ],
)
def test_an_account_that_cannot_be_made_is_told(
    email: str, typed: str, code: int, advice: str, shop: str, botique: Program
) -> None:
    said = botique("account", "add", email, typed=typed)
    assert said.code == code
    assert advice in said.err
    assert "Traceback" not in said.err


def test_what_is_imported_is_exported_the_same(shop: str, botique: Program, tmp_path: Path) -> None:
    assert botique("flow", "import", STARTERS, "--shop", shop, "--publish").code == 0
    again = botique("flow", "import", STARTERS / "promo.yaml", "--shop", shop)
    assert (again.code, again.err) == (0, "Imported as drafts: promo.\n")
    original = read((STARTERS / "promo.yaml").read_bytes())
    said = botique("flow", "export", "promo", "--shop", shop)
    assert read(said.out) == original
    file = tmp_path / "promo.yaml"
    assert botique("flow", "export", "promo", "--shop", shop, "-o", file).code == 0
    assert read(file.read_bytes()) == original


def test_an_unsound_flow_is_not_published_and_takes_the_others_with_it(
    shop: str, botique: Program, tmp_path: Path
) -> None:
    for key, to in (("first", "a"), ("second", "nowhere")):
        link = f"{{label: On, link: {{go: jump, to: {to}}}}}"
        step = f"{{id: a, kind: message, text: A, menu: [{link}]}}"
        (tmp_path / f"{key}.yaml").write_text(f"{{key: {key}, name: A, start: a, steps: [{step}]}}")
    said = botique("flow", "import", tmp_path, "--shop", shop, "--publish")
    assert said.code == 1
    assert f"{tmp_path / 'second.yaml'}: error: a.menu.0.link: " in said.out
    assert "no flow with the key «first»" in botique("flow", "export", "first", "--shop", shop).err


def test_a_flow_whose_check_fails_is_not_published(shop: str, botique: Program, tmp_path: Path) -> None:
    file = tmp_path / "hello.yaml"
    talk = "[{runs: hello, bot: [Good day]}]"
    steps = "start: a, steps: [{id: a, kind: message, text: Hello}]"
    file.write_text(f"{{key: hello, name: Hello, {steps}, checks: [{{title: Greeting, talk: {talk}}}]}}")
    said = botique("flow", "import", file, "--shop", shop, "--publish")
    assert said.code == 1
    assert f"{file}: error: checks.0.talk.0.bot.0.says: The check «Greeting» fails" in said.out
    assert botique("flow", "import", file, "--shop", shop).code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["flow", "import", str(STARTERS / "promo.yaml"), "--shop", "999"],
        ["flow", "export", "promo", "--shop", "999"],
        ["bot", "start", "1", "--shop", "999"],
        ["bot", "add", "--kind", "web", "--shop", "999", "--credentials-stdin"],
        ["account", "shops", "nobody@example.com"],
    ],
)
def test_what_is_not_there_is_told_in_a_sentence(arguments: list[str], botique: Program) -> None:
    said = botique(*arguments, typed="{}")
    assert said.code == 1
    assert said.err.startswith(("There is no", "The shop 999 has no"))
    assert "Traceback" not in said.err


def test_a_bot_is_added_listed_stopped_and_started(shop: str, botique: Program) -> None:
    look = json.dumps({"title": "Ask Ann"})
    added = botique("bot", "add", "--shop", shop, "--kind", "web", "--credentials-stdin", typed=look)
    assert added.code == 0, added.err
    bot = added.out.split()[1]
    assert botique("bot", "list", "--shop", shop).out.split("\t")[:4] == [bot, "web", "Web site", "started"]
    assert botique("bot", "stop", bot, "--shop", shop).code == 0
    assert "\tstopped\t" in botique("bot", "list", "--shop", shop).out
    assert botique("bot", "start", bot, "--shop", shop).out == f"Bot {bot} is started.\n"


async def test_a_bot_whose_messenger_is_down_is_kept_and_its_token_never_shown(
    shop: str, botique: Program, database: Database
) -> None:
    said = botique("bot", "add", "--shop", shop, "--kind", "telegram", "--token-stdin", typed=f"{TOKEN}\n")
    assert said.code == 1
    assert "botique bot start" in said.err
    listed = botique("bot", "list", "--shop", shop)
    assert "not started" in listed.out
    assert TOKEN not in said.out + said.err + listed.out + listed.err
    async with database.unit() as unit:
        (bot,) = (await Bots(unit, int(shop)).page(10)).rows
    assert bot.credentials is not None
    assert TOKEN.encode() not in bot.credentials


@pytest.mark.parametrize(
    ("arguments", "typed", "advice"),
    [
        (["--kind", "telegram"], "not a token", "credentials.token"),
        (["--kind", "telegram"], "", "the input is empty"),
        (["--kind", "pigeon"], TOKEN, "No channel of kind «pigeon»"),
        (["--kind", "web"], TOKEN, "--credentials-stdin"),
        (["--kind", "telegram", "--credentials-stdin"], TOKEN, "JSON object"),
        (["--kind", "telegram", "--token", TOKEN], "", "--token"),
    ],
)
async def test_credentials_that_cannot_be_taken_are_told_and_not_repeated(
    arguments: list[str], typed: str, advice: str, shop: str, botique: Program, database: Database
) -> None:
    said = botique("bot", "add", "--shop", shop, *arguments, typed=typed)
    assert said.code == 2
    assert advice in said.err
    assert typed not in said.err or not typed
    async with database.unit() as unit:
        assert not (await Bots(unit, int(shop)).page(10)).rows
