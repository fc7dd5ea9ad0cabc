"""What the rules of flows must know of a channel."""

from channels.kinds import channel_class
from flows.rules import Room


def room_of(kind: str) -> Room:
    """How much a message may hold there.  Raises UnknownChannel."""
    channel = channel_class(kind)
    limits = channel.limits
    return Room(channel.title, limits.text, limits.buttons, limits.label, limits.text_unit)
