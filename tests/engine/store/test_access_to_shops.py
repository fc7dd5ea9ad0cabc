"""Logging in, and which shops that opens."""

from datetime import UTC, datetime, timedelta

import pytest

from engine.refusals import Conflict, NotFound, Unauthenticated
from engine.store.accounts import Account, Accounts
from engine.store.audit import AuditTrail, Subject
from engine.store.members import Members
from engine.store.shops import Shop, Shops
from engine.store.tokens import Tokens
from engine.store.unit import Database
from tests.engine.store.conftest import Place

EVERY_TABLE = "SELECT table_name FROM information_schema.columns WHERE column_name = 'shop_id'"


async def account(database: Database, email: str) -> int:
    async with database.unit() as unit:
        return (await Accounts(unit).add(Account(email=email, password_hash="x"))).id


async def recognised(database: Database, token: str) -> int | None:
    try:
        async with database.unit() as unit:
            return (await Tokens(unit).recognise(token)).id
    except Unauthenticated:
        return None


async def test_an_address_is_one_however_it_is_written(database: Database) -> None:
    id = await account(database, " Ada@Example.org ")
    async with database.unit() as unit:
        found = await Accounts(unit).by_email("ada@EXAMPLE.org")
        assert found is not None
        assert (found.id, found.email) == (id, "ada@example.org")
        assert await Accounts(unit).by_email("bob@example.org") is None
    with pytest.raises(Conflict) as caught:
        await account(database, "ADA@example.org")
    assert caught.value.field == "email"


async def test_a_token_is_64_hex_digits_and_names_its_account(database: Database, ours: Place) -> None:
    async with database.unit() as unit:
        token = await Tokens(unit).issue(ours.owner, "laptop")
    assert len(token) == 64
    assert int(token, 16)
    assert await recognised(database, token) == ours.owner


@pytest.mark.parametrize("token", ["", "x", "0" * 64, "\0", "\ud800", "é" * 64, "0" * 100_000])
async def test_a_token_that_nobody_issued_is_not_recognised(
    database: Database, ours: Place, token: str
) -> None:
    assert await recognised(database, token) is None


async def test_a_token_is_nowhere_in_the_database(database: Database, ours: Place) -> None:
    async with database.unit() as unit:
        token = await Tokens(unit).issue(ours.owner)
    async with database.connection() as connection:
        dump = str(await connection.fetch("SELECT * FROM token"))
    assert token not in dump
    assert bytes.fromhex(token).hex() not in dump


async def test_logging_out_ends_one_token_and_logging_out_everywhere_all(
    database: Database, ours: Place, theirs: Place
) -> None:
    async with database.unit() as unit:
        one, two, three = [await Tokens(unit).issue(ours.owner) for _ in range(3)]
        strange = await Tokens(unit).issue(theirs.owner)
    async with database.unit() as unit:
        await Tokens(unit).revoke(one)
    assert [await recognised(database, token) for token in (one, two)] == [None, ours.owner]
    async with database.unit() as unit:
        await Tokens(unit).revoke_all(ours.owner)
    assert [await recognised(database, token) for token in (two, three)] == [None, None]
    assert await recognised(database, strange) == theirs.owner


async def test_a_token_ends_when_it_says(database: Database, ours: Place) -> None:
    async with database.unit() as unit:
        over = await Tokens(unit).issue(ours.owner, expires_at=datetime.now(UTC) - timedelta(seconds=1))
        valid = await Tokens(unit).issue(ours.owner, expires_at=datetime.now(UTC) + timedelta(hours=1))
    assert await recognised(database, over) is None
    assert await recognised(database, valid) == ours.owner


async def test_the_last_use_of_a_token_is_noted_and_not_with_every_use(
    database: Database, ours: Place
) -> None:
    async with database.unit() as unit:
        token = await Tokens(unit).issue(ours.owner)
    await recognised(database, token)
    async with database.unit() as unit:
        [first] = [row.last_used_at for row in await Tokens(unit).of_account(ours.owner)]
    await recognised(database, token)
    async with database.unit() as unit:
        [second] = [row.last_used_at for row in await Tokens(unit).of_account(ours.owner)]
    assert first is not None
    assert first == second


async def test_a_strangers_token_cannot_be_revoked(database: Database, ours: Place, theirs: Place) -> None:
    async with database.unit() as unit:
        token = await Tokens(unit).issue(theirs.owner)
        [row] = await Tokens(unit).of_account(theirs.owner)
        with pytest.raises(NotFound):
            await Tokens(unit).revoke_one(ours.owner, row.id)
    assert await recognised(database, token) == theirs.owner


async def test_an_account_sees_the_shops_it_is_a_member_of(
    database: Database, ours: Place, theirs: Place
) -> None:
    async with database.unit() as unit:
        await Members(unit, theirs.shop).invite(ours.owner, "partner")
    async with database.unit() as unit:
        page = await Shops(unit).of_account(ours.owner, 1)
        assert page.count == 2
        assert [(entered.shop.id, entered.role) for entered in page.rows] == [(ours.shop, "owner")]
        page = await Shops(unit).of_account(ours.owner, 1, 1)
        assert [(entered.shop.id, entered.role) for entered in page.rows] == [(theirs.shop, "partner")]
        assert (await Shops(unit).of_account(theirs.owner, 20)).count == 1


@pytest.mark.parametrize("absent", [0, -1, 2**63, 10**30])
async def test_a_strangers_shop_is_refused_like_none(
    database: Database, ours: Place, theirs: Place, absent: int
) -> None:
    async with database.unit() as unit:
        messages = []
        for id in (theirs.shop, absent):
            with pytest.raises(NotFound) as caught:
                await Shops(unit).enter(ours.owner, id)
            messages.append((caught.value.message, caught.value.field))
        assert messages[0] == messages[1]
        assert (await Shops(unit).enter(ours.owner, ours.shop)).role == "owner"


async def test_a_shop_never_loses_its_last_owner(database: Database, ours: Place, theirs: Place) -> None:
    async with database.unit() as unit:
        members = Members(unit, ours.shop)
        with pytest.raises(Conflict):
            await members.remove(ours.owner)
        with pytest.raises(Conflict):
            await members.change(ours.owner, "editor")
        await members.change(ours.owner, "owner")
        await members.invite(theirs.owner, "owner")
        await members.change(ours.owner, "viewer")
        with pytest.raises(Conflict):
            await members.remove(theirs.owner)
        await members.remove(ours.owner)
        assert [(known.account.id, known.member.role) for known in await members.all()] == [
            (theirs.owner, "owner")
        ]


async def test_a_member_is_invited_once_and_a_stranger_cannot_be_changed(
    database: Database, ours: Place, theirs: Place
) -> None:
    async with database.unit() as unit:
        with pytest.raises(NotFound):
            await Members(unit, ours.shop).change(theirs.owner, "viewer")
        assert await Members(unit, ours.shop).role(theirs.owner) is None
        await Members(unit, ours.shop).invite(theirs.owner, "viewer")
        assert await Members(unit, ours.shop).role(theirs.owner) == "viewer"
    with pytest.raises(Conflict):
        async with database.unit() as unit:
            await Members(unit, ours.shop).invite(theirs.owner, "editor")


async def test_a_closed_shop_leaves_nothing_but_its_audit(
    database: Database, ours: Place, theirs: Place
) -> None:
    said = "INSERT INTO message (shop_id, bot_user_id, seq, direction, status) VALUES ($1, $2, 1, 1, 'sent')"
    brought = "INSERT INTO lead (shop_id, form, bot_user_id, bot_id, turn) VALUES ($1, 'x', $2, 1, 1)"
    async with database.connection() as connection:
        for place in (ours, theirs):
            await connection.execute(said, place.shop, place.user)
            await connection.execute(brought, place.shop, place.user)
    async with database.unit() as unit:
        await AuditTrail(unit, ours.shop).record(ours.owner, "close", Subject("shop", ours.shop))
    async with database.unit() as unit:
        await Shops(unit).close(ours.shop)
    async with database.connection() as connection:
        tables = [row[0] for row in await connection.fetch(EVERY_TABLE)]
        left = {
            t: await connection.fetchval(f"SELECT count(*) FROM {t} WHERE shop_id = $1", ours.shop)
            for t in tables
        }
        assert {table for table, count in left.items() if count} == {"audit"}
        assert await connection.fetchval("SELECT count(*) FROM message") == 1
        assert await connection.fetchval("SELECT count(*) FROM lead") == 1


async def test_a_new_shop_starts_in_utc_and_unpublished(database: Database, ours: Place) -> None:
    async with database.unit() as unit:
        shop = await Shops(unit).open(ours.owner, Shop(name="Second"))
        assert (shop.timezone, shop.publication) == ("UTC", 0)
        assert shop.created_at.tzinfo is not None
