"""What a message becomes in a messenger that cannot show all of it.  Pure."""

from typing import NamedTuple

from msgspec.structs import replace

from channels.base import Limits
from channels.clean import clean
from channels.menus import Loss, Menu, fit_menu
from channels.split import fits, split
from flows.effects import Media, Send
from flows.plain_text import unwritable

__all__ = ["Fitted", "Loss", "fit"]

_NOTHING_BUT_BUTTONS = "⬇️"
"""Messengers refuse a menu under no text."""


class Fitted(NamedTuple):
    """Messages to send in order, each within the limits and with one medium at most; an album with a group.

    None at all: there was nothing to say.  The buttons ride on the last one; no album has any.  What became
    several takes no other message's place.
    """

    messages: tuple[Send, ...]
    losses: tuple[Loss, ...]


class _Part(NamedTuple):
    text: str
    media: tuple[Media, ...] = ()


def fit(message: Send, limits: Limits) -> Fitted:
    """The message within the limits, and what was lost on the way.

    Pictures, videos and sounds come first, the last of them with the text as its caption if that fits;
    files come after the text.  A template goes as it is where the messenger keeps some; elsewhere what the
    message holds beside it is shown.
    """
    if message.template is not None:
        if limits.templates:
            return Fitted((message,), ())
        message = replace(message, template=None)
    menu = fit_menu(message.buttons, limits)
    if not message.media and not menu.lines and _fits_as_it_is(message.text, limits):
        return Fitted((_with_menu(message, menu, limits),), menu.losses)
    losses: list[Loss] = []
    shown, links = _fit_media(message.media, limits, losses)
    text = _with_lines(clean(message.text), links, menu)
    if menu.buttons and not shown and not text.strip():
        text = _NOTHING_BUT_BUTTONS
        losses.append(Loss("text_added", "there is no text for the buttons to stand under"))
    parts = _parts(text, _grouped(message, shown, menu, limits, losses), limits, losses)
    columns = min(message.columns, limits.columns)
    messages = [
        replace(message, text=text, media=media, buttons=(), columns=0, album=len(media) > 1)
        for text, media in parts
    ]
    if len(messages) > 1:
        messages = [replace(one, instead_of="") for one in messages]
    if messages:
        messages[-1] = replace(messages[-1], buttons=menu.buttons, columns=columns)
    return Fitted(tuple(messages), (*losses, *menu.losses))


def _fits_as_it_is(text: str, limits: Limits) -> bool:
    """Whether it is one text, and not a blank one: by far the most are."""
    return not unwritable(text) and bool(text.strip()) and fits(text, limits.text, limits.text_unit)


def _with_menu(message: Send, menu: Menu, limits: Limits) -> Send:
    columns = min(message.columns, limits.columns)
    if menu.buttons is message.buttons and columns == message.columns and not message.album:
        return message
    return replace(message, buttons=menu.buttons, columns=columns, album=False)


def _fit_media(media: tuple[Media, ...], limits: Limits, losses: list[Loss]) -> tuple[list[Media], list[str]]:
    """Media that can be shown, and a line of text for each that can only be linked."""
    shown: list[Media] = []
    links: list[str] = []
    for one in (replace(raw, url=clean(raw.url).strip(), name=clean(raw.name)) for raw in media):
        if not one.url:
            losses.append(Loss("media_dropped", f"the {one.kind} has no address"))
        elif one.kind in limits.media:
            shown.append(one)
        else:
            links.append(f"{one.name}: {one.url}" if one.name else one.url)
            losses.append(Loss("media_linked", f"a {one.kind} cannot be shown"))
    return shown, links


def _grouped(
    message: Send, media: list[Media], menu: Menu, limits: Limits, losses: list[Loss]
) -> list[tuple[Media, ...]]:
    """What is shown together.  Buttons need a message that is no album."""
    most = limits.album if message.album and not menu.buttons else 1
    groups: list[tuple[Media, ...]] = []
    for one in media:
        together = groups and {one.kind, groups[-1][0].kind} <= _IN_ALBUMS and len(groups[-1]) < most
        groups = [*groups[:-1], (*groups[-1], one)] if together else [*groups, (one,)]
    if message.album and len(groups) > 1:
        losses.append(Loss("album_split", f"at most {most} can be shown as one group"))
    return groups


def _with_lines(text: str, links: list[str], menu: Menu) -> str:
    blocks = (text, "\n".join(links), "\n".join(menu.lines))
    return "\n\n".join(block for block in blocks if block.strip())


def _parts(text: str, media: list[tuple[Media, ...]], limits: Limits, losses: list[Loss]) -> list[_Part]:
    pictures = [_Part("", group) for group in media if group[0].kind != "file"]
    files = [_Part("", group) for group in media if group[0].kind == "file"]
    if pictures and fits(text, limits.caption, limits.text_unit):
        captioned = pictures.pop()._replace(text=text)
        return [*pictures, captioned, *files]
    if pictures:
        losses.append(Loss("caption_moved", f"a caption holds {limits.caption} {_UNITS[limits.text_unit]}"))
    texts = split(text, limits.text, limits.text_unit)
    if len(texts) > 1:
        losses.append(Loss("text_split", f"a message holds {limits.text} {_UNITS[limits.text_unit]}"))
    return [*pictures, *map(_Part, texts), *files]


_IN_ALBUMS = {"image", "video"}
_UNITS = {"characters": "characters", "utf16": "characters", "bytes": "bytes"}
