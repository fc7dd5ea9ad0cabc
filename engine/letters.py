"""What an item of the outbox is on the wire, and what is sent in its place if a picture is not taken."""

from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import replace

from channels.base import ApiRequest
from channels.fit import fit
from engine.connections import Connection
from engine.perform import Acknowledge
from flows.effects import Send


class Letter(NamedTuple):
    """`instead`: the same words without what is shown beside them, for a messenger that refuses that."""

    request: ApiRequest
    instead: tuple[ApiRequest, ...] = ()


def letters(connection: Connection, to: str, item: Send | Acknowledge) -> list[Letter]:
    """In the order in which they are to be sent; the same ones each time."""
    channel, credentials = connection.channel, connection.credentials
    if isinstance(item, Acknowledge):
        return [Letter(one) for one in channel.acknowledge(credentials, item.ack, item.notice)]
    fitted = fit(item, channel.limits)
    return [letter for message in fitted.messages for letter in _letters(connection, to, message)]


def _letters(connection: Connection, to: str, message: Send) -> Iterator[Letter]:
    requests = connection.channel.render(connection.credentials, to, message)
    # Of several some may have been taken already: to send all words anew would repeat those.
    instead = tuple(_without_media(connection, to, message)) if len(requests) == 1 else ()
    for request in requests:
        yield Letter(request, instead)


def _without_media(connection: Connection, to: str, message: Send) -> Iterator[ApiRequest]:
    """Pictures are left out; what somebody may have asked for (a film, a sound, a file) becomes a link."""
    if not message.media:
        return
    channel = connection.channel
    linked = tuple(one for one in message.media if one.kind != "image")
    bare = fit(replace(message, media=linked, album=False), channel.limits._replace(media=frozenset()))
    for one in bare.messages:
        yield from channel.render(connection.credentials, to, one)
