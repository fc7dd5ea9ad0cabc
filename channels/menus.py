"""Which choices stay buttons in a messenger, and which become lines of the text."""

import re
from operator import is_
from typing import Literal, NamedTuple

from msgspec.structs import replace

from channels.base import Limits
from channels.clean import clean
from channels.split import cut
from flows.effects import Button

What = Literal[
    "text_split",
    "text_added",
    "caption_moved",
    "media_linked",
    "media_dropped",
    "album_split",
    "link_listed",
    "request_listed",
    "button_listed",
    "label_cut",
    "label_numbered",
]

_OPENABLE = re.compile(
    r"https?://([^\s/?#:@]*\.[^\s/?#:@]+|\[[0-9a-f:.]+\])(:\d+)?([/?#]\S*)?", re.IGNORECASE
)
"""Messengers refuse a whole message for a button to an address without a real host."""


class Loss(NamedTuple):
    """What a messenger made of a message that it could not show as drawn; `why` is for the author."""

    what: What
    why: str


class Menu(NamedTuple):
    buttons: tuple[Button, ...]
    lines: tuple[str, ...]
    losses: tuple[Loss, ...]


_NO_MENU = Menu((), (), ())


def fit_menu(buttons: tuple[Button, ...], limits: Limits) -> Menu:
    """The menu within the limits.  A line begins with the choice's number if that can be typed.

    Buttons that fit as they are come back as they are.
    """
    if not buttons:
        return _NO_MENU
    typed = limits.typed_menu and any(button.kind in limits.requests for button in buttons)
    kept: list[Button] = []
    lines: list[str] = []
    losses: list[Loss] = []
    labels: set[str] = set()
    for position, whole in enumerate(buttons, 1):
        button = _labelled(whole, position)
        loss = _not_a_button(button, limits, typed)
        if loss is None and len(kept) >= limits.buttons:
            loss = Loss("button_listed", f"at most {limits.buttons} buttons fit")
        if loss is not None:
            lines.append(_line(button, position))
            losses.append(loss)
            continue
        label, loss = _fit_label(button.label, limits.label, labels)
        if loss is not None:
            losses.append(loss)
            if typed and button.kind == "go":
                lines.append(_line(button, position))
                if not button.numbered:
                    continue
                label = str(position)
        labels.add(label)
        kept.append(button if label == button.label else replace(button, label=label))
    if all(map(is_, kept, buttons)) and len(kept) == len(buttons):
        return Menu(buttons, tuple(lines), tuple(losses))
    return Menu(tuple(kept), tuple(lines), tuple(losses))


def _labelled(button: Button, position: int) -> Button:
    label = " ".join(clean(button.label).split()) or str(position)
    url = button.url and clean(button.url).strip()
    if label == button.label and url == button.url:
        return button
    return replace(button, label=label, url=url)


def _not_a_button(button: Button, limits: Limits, typed: bool) -> Loss | None:
    if button.kind == "go":
        return None
    if button.kind != "url":
        known = button.kind in limits.requests
        return None if known else Loss("request_listed", f"no button can ask for a {button.kind}")
    if not limits.links:
        return Loss("link_listed", "no button can open an address")
    if typed:
        return Loss("link_listed", "no button can open an address beside a request")
    if not _OPENABLE.fullmatch(button.url):
        return Loss("link_listed", f"«{button.label}» has no address that a button can open")
    return None


def _line(button: Button, position: int) -> str:
    if button.kind == "go":
        return f"{position}. {button.label}" if button.numbered else button.label
    return f"{button.label}: {button.url}" if button.kind == "url" else button.label


def _fit_label(label: str, limit: int, taken: set[str]) -> tuple[str, Loss | None]:
    if len(label) <= limit and label not in taken:
        return label, None
    short = cut(label, limit)
    loss = Loss("label_cut", f"«{short}» is cut to {limit} characters") if short != label else None
    number = 1
    unique = short
    while unique in taken:
        number += 1
        suffix = f" ({number})"
        unique = cut(label, limit - len(suffix)) + suffix
        loss = Loss("label_numbered", f"«{short}» is there twice")
    return unique, loss
