"""What an item of the outbox is on the wire, and what is sent in its place if the messenger refuses it."""

from collections.abc import Iterator
from functools import cache
from time import perf_counter
from typing import NamedTuple

from msgspec.structs import replace
from prometheus_client import Counter, Histogram
from pydantic import BaseModel

from channels.base import ApiRequest, Channel, Sent, Undelivered
from channels.clean import clean
from channels.fit import fit
from channels.invoices import Invoice
from channels.sender import Sender
from engine.connections import Connection
from engine.counting import SEND_SECONDS, SENT, UNDELIVERED
from engine.perform import Acknowledge
from flows.effects import Send

_LOSS = "The words were sent without what was to be shown with them, for the messenger refused it: {reason}"
LONGEST_REASON = 500


class Letter(NamedTuple):
    """A request, and what is sent if the messenger refuses it: an edit as a new message, a picture's words.

    `bare`: it lacks what was to be shown beside the words.
    """

    request: ApiRequest
    instead: tuple["Letter", ...] = ()
    bare: bool = False


class Posted(NamedTuple):
    """What became of a letter; `loss`: what was lost of it on the way."""

    answer: Sent | Undelivered
    loss: str | None = None


def letters(connection: Connection, to: str, item: Send | Acknowledge | Invoice) -> list[Letter]:
    """In the order in which they are to be sent; the same ones each time."""
    channel, credentials = connection.channel, connection.credentials
    if isinstance(item, Invoice):
        return [Letter(one) for one in channel.bill(credentials, to, item)]
    if isinstance(item, Acknowledge):
        return [Letter(one) for one in channel.acknowledge(credentials, item.ack, item.notice)]
    fitted = fit(item, channel.limits)
    return [letter for message in fitted.messages for letter in _letters(connection, to, message)]


def _letters(connection: Connection, to: str, message: Send) -> Iterator[Letter]:
    channel, credentials = connection.channel, connection.credentials
    requests = channel.render(credentials, to, message)
    # Of several some may have been taken already: to send all words anew would repeat those.
    bare = _without_media(connection, to, message) if message.media and len(requests) == 1 else ()
    instead = tuple(Letter(request, bare=True) for request in bare)
    anew = tuple(Letter(request, instead) for request in requests)
    edits = channel.edit(credentials, to, message) if message.instead_of else []
    yield from (Letter(request, anew if request.edits else ()) for request in edits)
    yield from () if edits else anew


def _without_media(connection: Connection, to: str, message: Send) -> Iterator[ApiRequest]:
    """Pictures are left out; what somebody may have asked for (a film, a sound, a file) becomes a link."""
    channel = connection.channel
    linked = tuple(one for one in message.media if one.kind != "image")
    bare = fit(replace(message, media=linked, album=False), channel.limits._replace(media=frozenset()))
    for one in bare.messages:
        yield from channel.render(connection.credentials, to, one)


async def post(sender: Sender, channel: Channel[BaseModel], letter: Letter) -> Posted:
    """Send a letter, or what stands in for it."""
    request = letter.request
    began = perf_counter()
    answer = await sender.send(channel, [request])
    _count(type(channel), answer, perf_counter() - began)
    if isinstance(answer, Sent):
        return Posted(Sent(answer.external_id or request.edits))
    if request.spare:
        return Posted(Sent(""))
    if answer.kind == "refused" and letter.instead:
        return await _post_instead(sender, channel, letter, said(answer))
    # An edit that was made all the same is made once more, and nobody sees it twice.
    return Posted(answer._replace(ambiguous=answer.ambiguous and not request.edits))


async def _post_instead(sender: Sender, channel: Channel[BaseModel], letter: Letter, refusal: str) -> Posted:
    posted = Posted(Sent(""))
    for other in letter.instead:
        posted = await post(sender, channel, other)
        if isinstance(posted.answer, Undelivered):
            return posted
        if other.bare:
            posted = posted._replace(loss=_LOSS.format(reason=refusal))
    return posted


def _count(channel: type[Channel[BaseModel]], answer: Sent | Undelivered, seconds: float) -> None:
    kind, sent, took = _counters(channel)
    took.observe(seconds)
    if isinstance(answer, Sent):
        sent.inc()
    else:
        UNDELIVERED.labels(kind, answer.kind).inc()


@cache
def _counters(channel: type[Channel[BaseModel]]) -> tuple[str, Counter, Histogram]:
    """Its kind is its file's name; a label is looked up once."""
    kind = channel.__module__.rpartition(".")[2]
    return kind, SENT.labels(kind), SEND_SECONDS.labels(kind)


def said(answer: Undelivered) -> str:
    """The messenger's reason, as it may be kept."""
    return clean(answer.reason)[:LONGEST_REASON]
