"""Do things to the user: tags, other flows, his subscription, his language, his cart."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from flows.card import Cart
from flows.languages import MaybeLanguage
from flows.links import Enter, FlowKey, Link
from flows.step import Complaint, Move, Part, Scene, Step, ui


class _Operation(Part):
    @abstractmethod
    def perform(self, scene: Scene) -> Enter | None:
        """Do it; a link if another flow comes first, and the next operation after it."""


class _OfTag(_Operation):
    tag: str = ui("Tag", "", widget="tag", max_length=100)

    def amiss(self) -> Iterator[Complaint]:
        if not self.tag.strip():
            yield Complaint("error", "tag", "no_tag", "No tag is chosen. Choose one.")


class AddTag(_OfTag, title="Add a tag"):
    do: Literal["add_tag"] = "add_tag"

    def perform(self, scene: Scene) -> None:
        if self.tag.strip():
            scene.tag(self.tag, on=True)


class RemoveTag(_OfTag, title="Remove a tag"):
    do: Literal["remove_tag"] = "remove_tag"

    def perform(self, scene: Scene) -> None:
        scene.tag(self.tag, on=False)


class _OfFlow(_Operation):
    flow: FlowKey | None = ui("Flow", None, widget="flow")

    def amiss(self) -> Iterator[Complaint]:
        if self.flow is None:
            yield Complaint("error", "flow", "no_flow", "No flow is chosen. Choose one.")


class RunFlow(_OfFlow, title="Run a flow"):
    """The operations below go on when the user comes back."""

    do: Literal["run_flow"] = "run_flow"

    def perform(self, scene: Scene) -> Enter | None:
        return Enter(flow=self.flow) if self.flow else None


class StopFlow(_OfFlow, title="Stop a flow"):
    """Stops the flow and its delays; if it is this one, what is below is not done any more."""

    do: Literal["stop_flow"] = "stop_flow"

    def perform(self, scene: Scene) -> None:
        if self.flow:
            scene.stop(self.flow)


class Subscribe(_Operation, title="Subscribe to the bot"):
    do: Literal["subscribe"] = "subscribe"

    def perform(self, scene: Scene) -> None:
        scene.subscribe(on=True)


class Unsubscribe(_Operation, title="Unsubscribe from the bot"):
    """From the next message of the user on, the bot is silent until he subscribes again."""

    do: Literal["unsubscribe"] = "unsubscribe"

    def perform(self, scene: Scene) -> None:
        scene.subscribe(on=False)


class SetLanguage(_Operation, title="Speak another language"):
    """From here on the bot speaks this language to the user, whatever his messenger says."""

    do: Literal["set_language"] = "set_language"
    language: MaybeLanguage = ui("Language (such as en or pt-BR)", "")

    def perform(self, scene: Scene) -> None:
        if self.language:
            scene.speak(self.language)

    def amiss(self) -> Iterator[Complaint]:
        if not self.language:
            yield Complaint("error", "language", "no_language", "No language is chosen. Choose one.")


class EmptyCart(_Operation, title="Empty the cart"):
    """Its promo code goes too."""

    do: Literal["empty_cart"] = "empty_cart"

    def perform(self, scene: Scene) -> None:
        scene.fill(Cart())


AnyOperation = Annotated[
    AddTag | RemoveTag | RunFlow | StopFlow | Subscribe | Unsubscribe | SetLanguage | EmptyCart,
    Field(discriminator="do"),
]


class Operation(Step):
    """Do a list of things, one after the other."""

    title = "Operation"
    icon = "gear"
    group = "actions"

    kind: Literal["operation"] = "operation"
    operations: tuple[AnyOperation, ...] = ui("Operations", (), max_length=50)
    next: Link | None = ui("Then", None)

    def enter(self, scene: Scene) -> Move:
        return self._go_on(scene, 0)

    def resume(self, scene: Scene) -> Move:
        """Back from a flow: the next operation, or the end if the flow was our exit."""
        done = scene.memo.get("done")
        if not isinstance(done, int) or done > len(self.operations):
            return None
        return self._go_on(scene, done)

    def _go_on(self, scene: Scene, done: int) -> Move:
        for number, operation in enumerate(self.operations[done:], done + 1):
            entered = operation.perform(scene)
            if entered:
                scene.memo["done"] = number
                return entered
        scene.memo["done"] = len(self.operations) + 1
        return self.next

    def runs_flows(self) -> tuple[str, ...]:
        return tuple(one.flow for one in self.operations if isinstance(one, RunFlow) and one.flow)

    def stops_flows(self) -> frozenset[str]:
        return frozenset(one.flow for one in self.operations if isinstance(one, StopFlow) and one.flow)
