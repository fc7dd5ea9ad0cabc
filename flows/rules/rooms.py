"""Whether messages fit the channels of the shop.  Warnings: a channel makes the best of what does not."""

from collections.abc import Callable, Iterator, Sequence

from flows.problems import Problem, in_translation
from flows.shopful import Room, Shopful, rule
from flows.step import Shown, Step
from flows.texts import certain

_LENGTH: dict[str, Callable[[str], int]] = {
    "characters": len,
    "utf16": lambda text: len(text.encode("utf-16-le", "surrogatepass")) // 2,
    "bytes": lambda text: len(text.encode("utf-8", "surrogatepass")),
}

_MESSAGES = {
    "long_text": "This text is too long for {channels}: at most {most}. It will be sent in pieces.",
    "long_label": "This button's text is too long for {channels}: at most {most}. Its end will be cut off.",
    "many_buttons": "Too many buttons for {channels}: at most {most}. They will be shown as a list.",
}


@rule
def messages_fit_the_channels(shop: Shopful) -> Iterator[Problem]:
    if not shop.rooms:
        return
    for step in shop.flow.steps:
        yield from _cramped(shop, step)
        for told in shop.retold(step):
            for problem in _cramped(shop, told.step):
                if problem.field in told.fields and problem.code != "many_buttons":
                    yield in_translation(problem, told.language)


def _cramped(shop: Shopful, step: Step) -> Iterator[Problem]:
    for shown in step.shows():
        for (code, field), tight in _tight(shown, shop.rooms).items():
            channels = " and ".join(dict.fromkeys(channel for channel, _ in tight))
            most = str(min(most for _, most in tight))
            yield Problem(
                code=code,
                severity="warning",
                flow=shop.flow.key,
                step=step.id,
                field=field,
                message=_MESSAGES[code].format(channels=channels, most=most),
                facts={"channels": channels, "most": most},
            )


def _tight(shown: Shown, rooms: Sequence[Room]) -> dict[tuple[str, str], list[tuple[str, int]]]:
    """What does not fit, by code and field: in which channels, and what each can hold at most."""
    # A channel without buttons lists them in the text: there, any number and any length will do.
    with_buttons = [room for room in rooms if room.buttons]
    found = {
        ("long_text", shown.field): [
            (room.channel, room.text) for room in rooms if _longer(shown.text, room.text, room)
        ],
        ("many_buttons", shown.field): [
            (room.channel, room.buttons) for room in with_buttons if len(shown.labels) > room.buttons
        ],
    }
    for field, label in shown.labels:
        tight = [(room.channel, room.label) for room in with_buttons if _longer(label, room.label, room)]
        found["long_label", field] = tight
    return {where: tight for where, tight in found.items() if tight}


def _longer(text: str, most: int, room: Room) -> bool:
    """Whether a text is too long whatever its variables hold: only what is certain is told."""
    if len(text) * 4 <= most:
        return False
    return _LENGTH[room.unit](certain(text)) > most
