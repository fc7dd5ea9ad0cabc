from collections.abc import AsyncIterator

import pytest

from engine.runtime import Engine
from tests.engine.pay_station import PayStation
from tests.engine.payments.buyer import Buyer
from tests.engine.shop_floor import Shop


@pytest.fixture
async def station() -> AsyncIterator[PayStation]:
    it = PayStation()
    await it.start()
    yield it
    await it.stop()


@pytest.fixture
async def buyer(shop: Shop, engine: Engine) -> Buyer:
    """Ann, who talks with a bot that can have bills paid."""
    ann = Buyer(shop, engine)
    await ann.come()
    return ann
