"""What users did, out of updates of the Bot API.  Total: what is not known is left out."""

from collections.abc import Iterator
from typing import Literal

import msgspec
from msgspec import Raw, Struct

from channels.base import Inbound
from channels.bot_api.shapes import CallbackQuery, ChatMember, Media, Message, Update, User
from channels.clean import clean, read
from flows.events import Attachment, Contact, Event, Joined, Left, Location, Pressed, Said, Started

AttachmentKind = Literal["image", "video", "audio", "voice", "file", "sticker"]

MEDIA = "media"
"""The second word of what `Inbound.on` says, if the pressed message holds any."""

_START = "/start"
_MEMBERSHIP: dict[str, Event] = {"kicked": Left(), "member": Joined()}


class _Polled(Struct):
    """The answer to getUpdates; each update is read for itself, so that a broken one spoils no other."""

    result: list[Raw] = []


_UPDATE = msgspec.json.Decoder(Update)
_BATCH = msgspec.json.Decoder(list[Raw])
_POLLED = msgspec.json.Decoder(_Polled)


def read_updates(body: bytes) -> list[Inbound]:
    """One update, a list of them, or an answer to getUpdates."""
    return [inbound for update in each_update(body) for inbound in _inbound(update)]


def each_update(body: bytes) -> Iterator[Update]:
    """Those of one update, a list of them, or an answer to getUpdates that can be read."""
    if body.lstrip()[:1] == b"[":
        yield from _each(read(_BATCH, body) or [])
        return
    update = read(_UPDATE, body)
    if update is not None and update.update_id is not None:
        yield update
        return
    polled = read(_POLLED, body)
    yield from _each(polled.result if polled else [])


def _each(batch: list[Raw]) -> Iterator[Update]:
    for raw in batch:
        update = read(_UPDATE, memoryview(raw).tobytes())
        if update is not None:
            yield update


def _inbound(update: Update) -> Iterator[Inbound]:
    match update:
        case Update(message=Message() as message):
            event, sender, ack, on = _said(message), message.sender, "", ""
            chat = message.chat
        case Update(callback_query=CallbackQuery(message=Message() as shown) as query):
            event, sender, ack, on = Pressed.from_code(query.data), query.sender, query.id, _on(shown)
            chat = shown.chat
        case Update(my_chat_member=ChatMember() as member):
            event, sender, ack = _MEMBERSHIP.get(member.new_chat_member.status), member.sender, ""
            chat, on = member.chat, ""
        case _:
            return
    if update.update_id is None or event is None or sender is None or sender.is_bot:
        return
    if chat.type == "private":
        yield _from(update.update_id, sender, event, ack, on)


def _from(update_id: int, sender: User, event: Event, ack: str, on: str) -> Inbound:
    contact = event.contact if isinstance(event, Said) else None
    return Inbound(
        key=str(update_id),
        user=str(sender.id),
        event=event,
        name=_name(sender.first_name, sender.last_name),
        username=clean(sender.username),
        phone=contact.phone if contact and contact.own else "",
        lang_code=clean(sender.language_code),
        ack=clean(ack),
        on=on,
        order=update_id,
    )


def _on(shown: Message) -> str:
    """The number of a message, and whether it shows something beside words; a film may replace a picture."""
    if not (shown.message_id and shown.date):
        return ""
    if shown.photo or shown.video or shown.audio or shown.document:
        return f"{shown.message_id} {MEDIA}"
    return str(shown.message_id) if shown.text else ""


def _said(message: Message) -> Event | None:
    """What a message says; None for what only Telegram cares about (a pinned message, a new photo)."""
    text = clean(message.text or message.caption)
    command, _, parameter = text.partition(" ")
    if command.partition("@")[0] == _START:
        return Started(parameter.strip())
    said = Said(text, _attachments(message), _contact(message), _location(message))
    return said if said != Said() else None


def _attachments(message: Message) -> tuple[Attachment, ...]:
    # A photo comes in several sizes, the largest last.
    sent: tuple[tuple[AttachmentKind, Media | None], ...] = (
        ("image", message.photo[-1] if message.photo else None),
        ("file", message.document),
        ("video", message.video),
        ("video", message.video_note),
        ("audio", message.audio),
        ("voice", message.voice),
        ("sticker", message.sticker),
    )
    return tuple(_attachment(kind, media) for kind, media in sent if media is not None and media.file_id)


def _attachment(kind: AttachmentKind, media: Media) -> Attachment:
    return Attachment(
        kind=kind,
        ref=clean(media.file_id),
        mime=clean(media.mime_type),
        name=clean(media.file_name),
        size=media.file_size,
    )


def _contact(message: Message) -> Contact | None:
    shared = message.contact
    if shared is None or not shared.phone_number:
        return None
    own = message.sender is not None and shared.user_id == message.sender.id
    return Contact(clean(shared.phone_number), _name(shared.first_name, shared.last_name), own)


def _location(message: Message) -> Location | None:
    place = message.location
    return Location(place.latitude, place.longitude) if place else None


def _name(first: str, last: str) -> str:
    return clean(f"{first} {last}".strip())
