"""What becomes of an order: which status may follow which.  Pure."""

from collections.abc import Mapping

from engine.store.orders import Status

_FOLLOWERS: Mapping[Status, frozenset[Status]] = {
    "new": frozenset({"accepted", "paid", "delivering", "done", "cancelled"}),
    "accepted": frozenset({"paid", "delivering", "done", "cancelled"}),
    "paid": frozenset({"delivering", "done", "cancelled"}),
    # Paid at the door it stays on its way, and then is done: when it was paid is a fact of its own.
    "delivering": frozenset({"done", "cancelled"}),
    "done": frozenset(),
    "cancelled": frozenset(),
}


def followers(status: Status) -> frozenset[Status]:
    """What an order may become next; nothing where its status is final."""
    return _FOLLOWERS[status]


def once_paid(status: Status) -> Status:
    """What an order is once its payment has come."""
    return "paid" if "paid" in _FOLLOWERS[status] else status
