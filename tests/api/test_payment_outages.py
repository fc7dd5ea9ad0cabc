"""The database goes away while money is told of: the provider is asked to come again, and nothing is lost."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.runtime import Engine
from engine.store.unit import Database
from tests.api.floor import launch, meet
from tests.api.partner import Partner
from tests.api.test_payment_hooks import PAID, Counter
from tests.engine.pay_station import OTHER_SECRET, PayStation, signed
from tests.web.outage import Wire, wired


@pytest.fixture
async def wire(dsn: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Wire]:
    # A path of pytest's own may be longer than a socket's can be.
    async with wired(dsn, Path(tmp_path_factory.mktemp("w"))) as wire:
        yield wire


@pytest.fixture
async def database(wire: Wire) -> AsyncIterator[Database]:
    async with Database(wire.dsn, connections=4) as opened:
        yield opened


async def test_while_the_database_is_away_a_payment_is_asked_for_again_and_then_taken_once(
    anyone: Partner, ann: Partner, shop_id: int, engine: Engine, wire: Wire
) -> None:
    counter, station = Counter(engine, shop_id, anyone), PayStation()
    await station.start()
    try:
        bot = await launch(ann, shop_id)
        await counter.open(bot, await meet(ann, engine, bot, 7), station)
    finally:
        await station.stop()
    raw = json.dumps(PAID).encode()
    call = {"data": raw, "headers": signed(raw)}
    await wire.cut()
    for given in (call, call, {"data": raw, "headers": signed(raw, secret=OTHER_SECRET)}):
        answer = await anyone.ask("POST", counter.path, **given)
        # Who it is cannot be judged without the database either.
        assert (answer.status, answer.body["code"]) == (503, "unavailable")
        assert int(answer.headers["retry-after"]) >= 1
    await wire.mend()
    for _ in range(2):
        assert (await anyone.ask("POST", counter.path, **call)).status == 200
    assert (await counter.payments(), await counter.status()) == (1, "paid")
