"""Conversations kept beside a flow."""

from collections.abc import Iterator

from flows.problems import Problem
from flows.shopful import Shopful, rule


@rule
def checks_expect_something(shop: Shopful) -> Iterator[Problem]:
    """Whether what they expect comes to pass is not for rules: they would have to play the flow."""
    for place, check in enumerate(shop.flow.checks):
        if not any(exchange.expects for exchange in check.talk):
            yield Problem(
                code="empty_check",
                severity="warning",
                flow=shop.flow.key,
                field=f"checks.{place}.talk",
                message=f"The check «{check.title}» expects nothing of the bot. Write what it must say.",
                facts={"check": check.title},
            )
