"""Every operation there is, asked by a stranger, by nobody, by every role, and at last by the owner."""

from typing import get_args

import pytest

from constructor_api.app import create_app
from engine.access import Role, may
from engine.runtime import Engine
from engine.store.accounts import Accounts
from engine.store.members import Members
from engine.store.unit import Database
from tests.api.conftest import Join
from tests.api.partner import Partner
from tests.api.world import OWN, PUBLIC, Rule, World, furnish, rules


@pytest.fixture
async def world(ann: Partner, shop_id: int, engine: Engine) -> World:
    return await furnish(ann, shop_id, engine)


@pytest.fixture
def operations(engine: Engine) -> set[str]:
    paths = create_app(engine).openapi()["paths"]
    return {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}


async def everything(database: Database) -> dict[str, str | None]:
    """What all tables hold, but for when tokens were last used."""
    listing = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'token'"
    tables = [row["tablename"] for row in await database.pool.fetch(listing)]
    digest = "SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t"
    return {table: await database.pool.fetchval(digest.format(table)) for table in tables}


def in_a_shop(world: World) -> dict[str, Rule]:
    return {operation: rule for operation, rule in rules(world).items() if rule.action is not None}


async def test_every_operation_has_a_rule_and_every_rule_an_operation(
    world: World, operations: set[str]
) -> None:
    assert operations == PUBLIC | OWN | rules(world).keys()


async def test_ht_05_a_stranger_finds_nothing_and_changes_nothing(
    bob: Partner, world: World, database: Database
) -> None:
    before = await everything(database)
    for operation, rule in in_a_shop(world).items():
        answer = await rule.ask(bob, operation)
        assert (answer.status, answer.body["code"]) == (404, "not_found"), (operation, answer)
    assert await everything(database) == before


async def test_nobody_gets_in_without_a_token(anyone: Partner, world: World, database: Database) -> None:
    before = await everything(database)
    for operation, rule in rules(world).items():
        answer = await rule.ask(anyone, operation)
        assert (answer.status, answer.body["code"]) == (401, "unauthenticated"), (operation, answer)
    for operation in OWN:
        method, _, path = operation.partition(" ")
        assert (await anyone.ask(method, path)).status == 401
    assert await everything(database) == before


async def test_a_role_that_is_too_low_is_refused_and_changes_nothing(
    join: Join, world: World, database: Database
) -> None:
    for role in get_args(Role):
        email = f"{role}@shop.example"
        member = await join(email)
        async with database.unit() as unit:
            account = await Accounts(unit).by_email(email)
            assert account
            await Members(unit, world.shop).invite(account.id, role)
        before = await everything(database)
        for operation, rule in in_a_shop(world).items():
            assert rule.action
            if not may(role, rule.action):
                answer = await rule.ask(member, operation)
                assert (answer.status, answer.body["code"]) == (403, "forbidden"), (role, operation, answer)
        assert await everything(database) == before


async def test_the_owner_may_do_it_all_and_every_write_is_in_the_audit(
    ann: Partner, world: World, database: Database
) -> None:
    for operation, rule in rules(world).items():
        before = await database.pool.fetchval("SELECT count(*) FROM audit")
        answer = await rule.ask(ann, operation)
        assert answer.status == 200, (operation, answer)
        after = await database.pool.fetchval("SELECT count(*) FROM audit")
        assert (after > before) == rule.noted, operation
    secrets = "SELECT count(*) FROM audit a WHERE a::text LIKE '%42:TEST%'"
    assert await database.pool.fetchval(secrets) == 0


async def test_the_secret_of_a_bot_is_in_no_answer_and_in_no_table(
    ann: Partner, world: World, database: Database
) -> None:
    for operation, rule in rules(world).items():
        if operation.startswith("GET") and "/bot/bot/" not in operation:
            assert "42:TEST" not in str(await rule.ask(ann, operation)), operation
    assert await database.pool.fetchval("SELECT count(*) FROM bot t WHERE t::text LIKE '%42:TEST%'") == 0


async def test_every_operation_is_described(engine: Engine) -> None:
    document = create_app(engine).openapi()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            if f"{method.upper()} {path}" not in PUBLIC | OWN:
                assert {"200", "401", "403", "404", "422", "503"} <= operation["responses"].keys(), where
            refused = operation["responses"].get("422", {}).get("content", {})
            assert "HTTPValidationError" not in str(refused), where
