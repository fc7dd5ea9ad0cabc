"""What the steps of the shop have in common: they ask its books, may find nothing, and can be left."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from flows.effects import Button, Media
from flows.events import Answered, Event, Pressed, Said
from flows.links import Link
from flows.requests import Request
from flows.step import Ask, Miss, Move, Scene, Shown, Step, Wait
from flows.trade.offered import offer, offered

How = Literal["comes", "again", "press", "text"]
"""What led to a question: the user arrives, is shown the same again, or did something here."""

LEAVE = "-leave"
_HOW = "how"
_TOLD = "told"
_HERE = "here"
"""The note that the user is asked here, and not yet past it."""


class Shopping(Step):
    """A kind says what it shows, what its buttons do, and what words mean that are no button's.

    Its fields stand in the kind, for the order in which they are drawn.
    """

    group = "shop"
    if TYPE_CHECKING:
        heading: str
        nothing: str
        back: Link | None
        back_text: str
        empty: Link | None

    def again(self, scene: Scene, how: How) -> Move:
        """Show the user where he is."""
        raise NotImplementedError

    def knows(self, item: str) -> bool:
        """Whether a button is, or may have been, one of this step's."""
        raise NotImplementedError

    def choose(self, scene: Scene, item: str, how: How) -> Move | Miss:
        """What a button does that it `knows`."""
        raise NotImplementedError

    def read(self, scene: Scene, text: str) -> Move | Miss:
        """What words mean that are no button's."""
        raise NotImplementedError

    def answered(self, scene: Scene, answer: Answered, how: How) -> Move:
        """What the shop's books say."""
        raise NotImplementedError

    @property
    def stops(self) -> bool:
        """Where there may be nothing, and no button to leave, or a way for just that, the turn goes on."""
        return self.empty is None and self._may_leave

    @property
    def listens(self) -> bool:
        return True

    def expects(self, scene: Scene) -> bool:
        return _HERE in scene.memo

    def unattended(self) -> frozenset[str]:
        return frozenset({"empty"})

    def enter(self, scene: Scene) -> Move:
        return self.again(scene, "comes")

    def repeat(self, scene: Scene) -> Move:
        return self.again(scene, "again")

    def press(self, scene: Scene, item: str) -> Literal["go", "outdated", "ignore"]:
        known = self._may_leave if item == LEAVE else self.knows(item)
        return "go" if known else "outdated"

    def hear(self, scene: Scene, event: Event) -> Move | Miss:
        match event:
            case Pressed(item=item):
                return self._chosen(scene, item, "press")
            case Said(text=text):
                item = offered(scene.memo, text) or ""
                return self._chosen(scene, item, "text") if item else self.read(scene, text.strip())
            case Answered():
                return self.answered(scene, event, _how(scene))
        return Wait()

    def ask(self, scene: Scene, request: Request, how: How) -> Ask:
        scene.memo[_HOW] = how
        return Ask(request)

    def tell(self, scene: Scene, text: str) -> None:
        """Say it above what is shown next."""
        before = scene.memo.get(_TOLD)
        scene.memo[_TOLD] = f"{before}\n{text}" if before else text

    def show(
        self, scene: Scene, text: str, buttons: tuple[Button, ...], how: How, media: tuple[Media, ...] = ()
    ) -> Wait:
        """Say it, where a button was pressed in its place, and wait for the user."""
        told = scene.memo.pop(_TOLD, "")
        scene.memo[_HERE] = True
        offer(scene.memo, buttons)
        whole = f"{told}\n\n{text}" if told else text
        scene.say(whole, buttons=buttons, media=media, instead=how == "press")
        return Wait()

    def find_nothing(self, scene: Scene, usual: str, buttons: tuple[Button, ...], how: How) -> Move:
        """Nothing is there; `usual` is the phrase that says so.

        Who is shown the same again stays: else a flow that leads back here would never come to rest.
        """
        passes = how != "again" and (self.empty is not None or not buttons)
        own = scene.render(self.nothing).strip()
        if not passes:
            return self.show(scene, own or scene.phrase(usual), buttons, how)
        told = scene.memo.pop(_TOLD, "")
        words = own or ("" if self.empty else scene.phrase(usual))
        if told or words:
            scene.say("\n\n".join(one for one in (str(told), words) if one), instead=how == "press")
        # Whoever comes back from a flow that this exit entered is past this step.
        scene.memo.clear()
        return self.empty

    def leave_button(self, scene: Scene, usual: str) -> tuple[Button, ...]:
        label = scene.render(self.back_text).strip() or scene.phrase(usual)
        return (Button(LEAVE, label),) if self._may_leave else ()

    def shows(self) -> Iterator[Shown]:
        labels = (("back_text", self.back_text),) if self.back_text else ()
        yield Shown("heading", self.heading, labels)
        yield Shown("nothing", self.nothing)

    @property
    def _may_leave(self) -> bool:
        return self.back is not None or bool(self.back_text.strip())

    def _chosen(self, scene: Scene, item: str, how: How) -> Move | Miss:
        if item == LEAVE and self._may_leave:
            return self.back
        return self.choose(scene, item, how) if self.knows(item) else Miss("")


def _how(scene: Scene) -> How:
    match scene.memo.pop(_HOW, "again"):
        case "comes" | "press" | "text" as how:
            return how
    return "again"
