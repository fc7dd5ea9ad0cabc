"""Who may do what, role by role."""

from itertools import pairwise
from typing import get_args

import pytest

from engine.access import ALLOWED, Action, Role, may

TABLE: dict[Action, str] = {
    Action.LOOK: "o p e t v",
    Action.TALK: "o p e t",
    Action.DRAW: "o p e",
    Action.BROADCAST: "o p e",
    Action.EXPORT: "o p",
    Action.CONNECT: "o p",
    Action.SETTLE: "o p",
    Action.INVITE: "o",
    Action.CLOSE: "o",
}
LETTERS: dict[str, Role] = {"o": "owner", "p": "partner", "e": "editor", "t": "operator", "v": "viewer"}


@pytest.mark.parametrize("action", Action)
def test_each_action_is_open_to_these_roles_and_no_others(action: Action) -> None:
    allowed = {LETTERS[letter] for letter in TABLE[action].split()}
    assert {role for role in get_args(Role) if may(role, action)} == allowed


def test_every_role_is_in_the_table() -> None:
    assert set(ALLOWED) == set(get_args(Role)) == set(LETTERS.values())


def test_who_may_more_may_all_that_others_may() -> None:
    ranks: list[Role] = ["viewer", "operator", "editor", "partner", "owner"]
    assert all(ALLOWED[low] < ALLOWED[high] for low, high in pairwise(ranks))
