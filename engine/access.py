"""Who may do what in a shop."""

from enum import StrEnum
from typing import Literal

Role = Literal["owner", "partner", "editor", "operator", "viewer"]


class Action(StrEnum):
    """What the door asks leave for, before it does it."""

    LOOK = "look"
    """See flows, bots, catalogue, leads and people."""
    TALK = "talk"
    """Write to people, take a conversation over, run a flow for somebody, work on leads and orders."""
    DRAW = "draw"
    """Change flows, variables, tags, forms and catalogue, and publish."""
    BROADCAST = "broadcast"
    EXPORT = "export"
    """Take people's details out in bulk."""
    CONNECT = "connect"
    """Add, change, stop and remove bots and outgoing webhooks."""
    SETTLE = "settle"
    """Change the shop's settings."""
    INVITE = "invite"
    """Change who is a member and as what."""
    CLOSE = "close"
    """Delete the shop or give it to another owner."""


_VIEWER = frozenset({Action.LOOK})
_OPERATOR = _VIEWER | {Action.TALK}
_EDITOR = _OPERATOR | {Action.DRAW, Action.BROADCAST}
_PARTNER = _EDITOR | {Action.EXPORT, Action.CONNECT, Action.SETTLE}
_OWNER = _PARTNER | {Action.INVITE, Action.CLOSE}

ALLOWED: dict[Role, frozenset[Action]] = {
    "viewer": _VIEWER,
    "operator": _OPERATOR,
    "editor": _EDITOR,
    "partner": _PARTNER,
    "owner": _OWNER,
}


def may(role: Role, action: Action) -> bool:
    """Whether a member with this role is allowed to."""
    return action in ALLOWED[role]
