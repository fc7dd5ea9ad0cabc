"""A catalogue as a table, from the command line."""

from pathlib import Path

import pytest

from engine.store.accounts import Account, Accounts
from engine.store.shops import Shop, Shops
from engine.store.unit import Database
from tests.command_line.program import Program


@pytest.fixture
def botique(folder: Path, dsn: str) -> Program:
    return Program(folder, DATABASE_URL=dsn)


@pytest.fixture
async def shop(database: Database) -> str:
    """The number of a shop."""
    async with database.unit() as unit:
        account = await Accounts(unit).add(Account(email="bea@example.com", password_hash=""))
        return str((await Shops(unit).open(account.id, Shop(name="Bea's Bread"))).id)


@pytest.fixture
def goods(tmp_path: Path) -> Path:
    path = tmp_path / "goods.csv"
    path.write_text("name,price,colour\nBread,2.50,\nRoll,x,\n")
    return path


async def test_a_table_goes_in_and_comes_out(
    botique: Program, shop: str, goods: Path, database: Database, tmp_path: Path
) -> None:
    tried = botique("catalogue", "import", shop, str(goods))
    assert (tried.code, tried.out[:15]) == (1, "line 3, price: ")
    assert "Nothing was done; would be: 1 new, 0 changed, 0 as they were; 1 bad rows." in tried.err
    assert "«colour» is left out" in tried.err
    assert await database.pool.fetchval("SELECT count(*) FROM product") == 0
    assert botique("catalogue", "import", shop, str(goods), "--skip-bad").code == 0
    for name in ("out.csv", "out.xlsx"):
        assert botique("catalogue", "export", shop, str(tmp_path / name)).code == 0
        again = botique("catalogue", "import", shop, str(tmp_path / name), "--dry-run")
        assert (again.code, again.err) == (0, "Would be: 0 new, 0 changed, 1 as they were; 0 bad rows.\n")


@pytest.mark.parametrize(
    ("typed", "code", "advice"),
    [
        (["import", "{shop}", "nowhere.csv"], 1, "cannot be read"),
        (["import", "99", "{goods}"], 1, "no such shop"),
        (["import", "{shop}", "{empty}"], 1, "The file is empty"),
        (["export", "{shop}", "goods.pdf"], 2, ".csv or .xlsx"),
    ],
)
def test_what_keeps_a_table_out_is_told(
    botique: Program, shop: str, goods: Path, typed: list[str], code: int, advice: str
) -> None:
    empty = goods.with_name("empty.csv")
    empty.touch()
    words = [word.format(shop=shop, goods=goods, empty=empty) for word in typed]
    told = botique("catalogue", *words)
    assert (told.code, told.out) == (code, "")
    assert advice in told.err
