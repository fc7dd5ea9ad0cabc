"""Which status of an order may follow which."""

from itertools import product
from typing import get_args

import pytest

from engine.orders.status import followers, once_paid
from engine.store.orders import Status

EVERY: tuple[Status, ...] = get_args(Status)
MAY = {
    *(("new", to) for to in ("accepted", "paid", "delivering", "done", "cancelled")),
    *(("accepted", to) for to in ("paid", "delivering", "done", "cancelled")),
    *(("paid", to) for to in ("delivering", "done", "cancelled")),
    *(("delivering", to) for to in ("done", "cancelled")),
}


@pytest.mark.parametrize(("before", "after"), [*product(EVERY, EVERY)])
def test_an_order_goes_forward_only(before: Status, after: Status) -> None:
    assert (after in followers(before)) == ((before, after) in MAY)


@pytest.mark.parametrize(
    ("before", "after"),
    [("new", "paid"), ("accepted", "paid"), ("paid", "paid"), ("delivering", "delivering"), ("done", "done")],
)
def test_a_payment_takes_no_order_back(before: Status, after: Status) -> None:
    assert once_paid(before) == after
