"""News of an order within a turn: who takes it.  Pure."""

from msgspec.structs import replace

from engine.play import Play
from engine.state import Frame
from flows.events import OrderMoved
from flows.step import Step


def told(play: Play, moved: OrderMoved) -> tuple[Frame, Step] | None:
    """The step that waits for the news and shall hear it; where none does, the user is told, and None.

    Beside an operator he is told too, and the step hears it once the bot may speak.  Who may not be spoken
    to hears nothing, and is asked no more to pay.
    """
    waiting = _waiting(play, moved)
    card = play.scene.card
    if not (card.subscribed and card.reachable):
        if waiting:
            play.park(waiting[0])
        return None
    if waiting and not play.state.taken:
        frame, _ = waiting
        # What is still asked of the outside, such as how to pay, is no longer of interest.
        frame.asked = 0
        play.lift(frame)
        return waiting
    if not moved.told:
        play.scene.say(play.scene.phrase(f"order_{moved.status}", number=str(moved.number)))
    if waiting:
        play.state.held.append(replace(moved, told=True))
    return None


def _waiting(play: Play, moved: OrderMoved) -> tuple[Frame, Step] | None:
    at, found = play.scene.at, None
    for frame in reversed(play.state.frames):
        step = play.step(frame)
        play.scene.at = frame
        if step is not None and step.awaits(play.scene, moved):
            found = frame, step
            break
    play.scene.at = at
    return found
