"""What starts flows: no two may claim the same."""

from collections.abc import Iterator
from typing import NamedTuple

from flows.document import Flow
from flows.part import Severity
from flows.problems import Problem
from flows.shopful import Shopful, rule
from flows.triggers import OnDefault, OnKeyword, OnStart, fold


@rule
def keys_are_unique(shop: Shopful) -> Iterator[Problem]:
    for other in shop.others.values():
        if other.key == shop.flow.key:
            yield Problem(
                code="same_key",
                severity="error",
                flow=shop.flow.key,
                field="key",
                message=f"The flow «{other.name}» has the key «{other.key}» too. Give one of them another.",
            )


@rule
def no_two_flows_start_alike(shop: Shopful) -> Iterator[Problem]:
    taken = {claim: other for other in reversed(shop.others.values()) for claim in _claims(other)}
    for claim, field in _claims(shop.flow).items():
        if claim in taken:
            yield Problem(
                code="same_trigger",
                severity=claim.gravity,
                flow=shop.flow.key,
                field=field,
                message=f"{claim.what} starts the flow «{taken[claim].name}» too. Take it from one of them.",
                facts={"other": taken[claim].key},
            )


class _Claim(NamedTuple):
    """What only one flow of a shop can be started by."""

    gravity: Severity
    what: str


def _claims(flow: Flow) -> dict[_Claim, str]:
    """With the field where each is first made."""
    claims: dict[_Claim, str] = {}
    for i, trigger in enumerate(flow.triggers):
        match trigger:
            case OnStart(parameter=parameter):
                claim = _Claim("error", f"The start parameter «{parameter}»")
                claims.setdefault(claim, f"triggers.{i}.parameter")
            case OnDefault():
                claims.setdefault(_Claim("error", "The start command alone"), f"triggers.{i}")
            case OnKeyword(match="exact", words=words, priority=priority):
                for j, word in enumerate(words):
                    claim = _Claim("warning", f"The keyword «{fold(word)}» of priority {priority}")
                    claims.setdefault(claim, f"triggers.{i}.words.{j}")
    return claims
