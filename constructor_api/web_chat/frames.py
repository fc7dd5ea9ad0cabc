"""What the web chat's socket and its page say to each other, beside what the channel itself says."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, MsgspecError, Struct, json

from flows.events import Event, Pressed, Said

PLACES = 100
"""A message may be shown in several parts; the page counts `seq` * PLACES + the part's place."""


class Hello(Struct, tag_field="t", tag="hello"):
    """The page's first word.  `seq`: the last that it has, as it counts; `load`: names this visit of it.

    `source`: what the address of the page says of where the visitor comes from, by name.
    """

    token: Annotated[str, Meta(max_length=200)]
    seq: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0
    parameter: Annotated[str, Meta(max_length=512)] | None = None
    load: Annotated[str, Meta(max_length=64)] = ""
    source: dict[str, str] = {}


class _Welcome(Struct, tag_field="t", tag="hello"):
    seq: int


class _Pong(Struct, tag_field="t", tag="pong"):
    pass


class _Typing(Struct, tag_field="t", tag="typing"):
    pass


class _Ack(Struct, tag_field="t", tag="ack"):
    id: str


class _Error(Struct, tag_field="t", tag="error"):
    id: str
    reason: str


class _Bye(Struct, tag_field="t", tag="bye"):
    reason: str


class _Place(Struct):
    latitude: float
    longitude: float


class _Mine(Struct, tag_field="t", tag="message", omit_defaults=True, rename={"sender": "from"}):
    """What the visitor did, told back to every page that shows the conversation.

    `quiet`: it changed a message where that stands, and needs no bubble of its own.
    """

    seq: int
    at: datetime
    sender: str
    text: str = ""
    code: str = ""
    location: _Place | None = None
    quiet: bool = False


class Aside(Struct):
    """As much of a frame as is needed to answer one that says nothing to the bot."""

    t: str = ""
    id: str = ""


_hello = json.Decoder(Hello)
_aside = json.Decoder(Aside)
_encode = json.Encoder().encode


def read_hello(frame: bytes) -> Hello | None:
    """None for anything that is no hello."""
    try:
        return _hello.decode(frame)
    except MsgspecError:
        return None


def read_aside(frame: bytes) -> Aside:
    try:
        return _aside.decode(frame)
    except MsgspecError:
        return Aside()


def welcome(seq: int) -> bytes:
    """`seq`: the last message of the past; what follows it is new."""
    return _encode(_Welcome(seq))


PONG = _encode(_Pong())
TYPING = _encode(_Typing())


def ack(id: str) -> bytes:
    return _encode(_Ack(id))


def error(id: str, reason: str) -> bytes:
    """The frame was not taken; `unavailable` and `too_many` ask for the same again, a little later."""
    return _encode(_Error(id, reason))


def bye(reason: str) -> bytes:
    return _encode(_Bye(reason))


def counted(seq: int, at: datetime) -> bytes:
    """Nothing to show; but the page shall not ask for it again."""
    return _encode(_Mine(seq=seq, at=at, sender="user"))


def mine(seq: int, event: Event, at: datetime, *, quiet: bool = False) -> bytes:
    """What a visitor did.  One that has no words (a start) is told too, for the count."""
    told = _Mine(seq=seq, at=at, sender="user", quiet=quiet)
    match event:
        case Said(text=text, contact=contact, location=location):
            told.text = text or (contact.phone if contact else "")
            told.location = _Place(location.latitude, location.longitude) if location else None
        case Pressed():
            told.code = event.code
    return _encode(told)
