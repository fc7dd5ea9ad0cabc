"""Play another flow, and come back."""

from collections.abc import Iterator
from typing import Literal

from flows.assignments import Assignment, assign
from flows.links import Enter, FlowKey, Link
from flows.step import Complaint, Move, Scene, Step, ui


class CallFlow(Step):
    """Play another flow; once it has ended, go on here.  What it is given stays set after it."""

    title = "Call a flow"
    icon = "return"
    group = "logic"

    kind: Literal["call_flow"] = "call_flow"
    flow: FlowKey | None = ui("Flow", None, widget="flow")
    given: tuple[Assignment, ...] = ui("Set before", (), max_length=50)
    next: Link | None = ui("When it has ended", None)

    def enter(self, scene: Scene) -> Move:
        assign(scene, self.given)
        if self.flow is None:
            return self.next
        scene.memo["called"] = True
        return Enter(flow=self.flow)

    def resume(self, scene: Scene) -> Move:
        """Back from the flow; or from one that our exit entered, and then this flow is over."""
        return self.next if scene.memo.pop("called", False) else None

    def runs_flows(self) -> tuple[str, ...]:
        return (self.flow,) if self.flow else ()

    def amiss(self) -> Iterator[Complaint]:
        if self.flow is None:
            yield Complaint("error", "flow", "no_flow", "No flow is chosen. Choose one.")
