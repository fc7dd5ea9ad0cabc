"""What a kind of step says of its own settings."""

from collections.abc import Iterator

from flows.problems import Problem
from flows.shopful import Shopful, rule


@rule
def steps_are_content_with_their_settings(shop: Shopful) -> Iterator[Problem]:
    for step in shop.flow.steps:
        for complaint in step.faults():
            yield Problem(
                code=complaint.code,
                severity=complaint.severity,
                flow=shop.flow.key,
                step=step.id,
                field=complaint.field,
                message=complaint.message,
            )
