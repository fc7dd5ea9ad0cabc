"""The stack of flows during one turn: entering, leaving, returning.  Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from engine.scene import TurnScene
from engine.state import LONGEST_PATH, Frame, State
from flows.effects import Call, CancelWakes, Effect, WakeAt
from flows.events import Event, Said
from flows.library import Library, Program
from flows.links import Back, Enter, Forward, Jump, Link, Restart
from flows.requests import is_local
from flows.step import Ask, Move, Step, Wait
from flows.voices import Voice, in_own_words

LONGEST_TURN = 50
"""Steps a turn may take.  The rules of flows refuse what would take more; this is the belt."""


class EndlessTurn(Exception):
    """A turn took more than LONGEST_TURN steps; it must leave no trace."""

    def __init__(self, flow: str, step: str) -> None:
        super().__init__(f"{flow}.{step} goes on without end")
        self.flow = flow
        self.step = step


class Stay(NamedTuple):
    """Leave everything as it stands."""


class Play:
    """One turn being played.  It owns `state`; whoever made the play gave it away."""

    def __init__(self, library: Library, state: State, scene: TurnScene) -> None:
        self.library = library
        self.state = state
        self.scene = scene
        self.walked: list[tuple[str, str]] = []
        self.begun = 0

    def go(self, move: Move | Stay) -> None:
        """Follow a move until somebody is waited for.  Raises EndlessTurn."""
        for _ in range(LONGEST_TURN):
            # Whoever stops his own flow and enters another leaves nothing to return to.
            if self._stops_current() and not isinstance(move, Enter):
                move = self._return()
            match move:
                case Stay():
                    return
                case Wait():
                    return self._wait(move)
                case Ask():
                    return self._ask(move)
                case None:
                    self._end()
                    move = self._return()
                case _:
                    move = self._follow(move)
        at = self.scene.at
        raise EndlessTurn(at.flow, at.step)

    def run(self, flow: str) -> None:
        """Start a flow on top of the others; one that is active already starts anew."""
        self.go(self._enter_flow(flow))

    def drop(self, flow: str) -> bool:
        """Stop a flow, its delays too.  True if it was the current one: then somebody must `go`."""
        frame = self.state.frame(flow)
        if frame is None:
            return False
        current = frame is self.state.current
        self.state.frames.remove(frame)
        if frame.timers:
            self.scene.emit(CancelWakes(flow))
        return current

    def resume(self) -> None:
        """Show the user again where he is."""
        self.go(self._return())

    def park(self, frame: Frame) -> None:
        """Take a flow out of the conversation; what is pending in it still comes due."""
        self._leave(frame)
        self.state.frames.remove(frame)
        if frame.timers:
            frame.step, frame.whom, frame.asked = next(iter(frame.timers)), "clock", 0
            self.state.frames.insert(0, frame)

    def lift(self, frame: Frame, step: str | None = None) -> None:
        """Make a frame the current one, and place the user at `step` of it."""
        self.state.frames.remove(frame)
        self.state.frames.append(frame)
        if step is not None and step != frame.step:
            self._leave(frame)
            frame.step = step
        self.scene.at = frame

    def program(self, frame: Frame) -> Program | None:
        return self.library.revision(frame.revision) or self.library.current(frame.flow)

    def voice(self, frame: Frame) -> Voice | None:
        """The flow of a frame as this user reads it."""
        program = self.program(frame)
        return program.flow.voices.of(self.scene.card.lang_code) if program else None

    def understood(self, frame: Frame, step: Step, event: Event) -> Event:
        """The event as `step` of a frame takes it: a button typed in another language is that button."""
        program = self.program(frame)
        written = program.flow.by_id.get(step.id) if program else None
        if written is None or not isinstance(event, Said):
            return event
        return in_own_words(event, written, step, self.scene.render)

    def step(self, frame: Frame) -> Step | None:
        voice = self.voice(frame)
        return voice.step(frame.step) if voice else None

    def _stops_current(self) -> bool:
        if not self.scene.stopped:
            return False
        stopped, self.scene.stopped = self.scene.stopped, []
        dropped = [self.drop(flow) for flow in stopped]
        return any(dropped)

    def _end(self) -> None:
        frame = self.state.current
        if frame is not None:
            self.park(frame)

    def _return(self) -> Move | Stay:
        """Back in the flow beneath: what waits for the clock goes on waiting, the rest speaks again."""
        frame = self.state.current
        if frame is None or frame.pending:
            return Stay()
        self.scene.at = frame
        step = self.step(frame)
        if step is None:
            return Restart()
        self.walked.append((frame.flow, step.id))
        return step.resume(self.scene)

    def _follow(self, link: Link) -> Move | Stay:
        frame = self.scene.at
        match link:
            case Enter(flow=flow):
                self._drop_limit(frame)
                frame.asked = 0
                return self._enter_flow(flow)
            case Forward(to=to) | Jump(to=to):
                return self._enter_step(frame, to)
            case Back():
                return self._go_back(frame)
            case Restart():
                return self._restart(frame)

    def _go_back(self, frame: Frame) -> Move | Stay:
        if frame.path and frame.path[-1] == frame.step:
            frame.path.pop()
        if frame.path:
            return self._enter_step(frame, frame.path[-1], back=True)
        if len(self.state.frames) > 1:
            return None
        return self._restart(frame)

    def _restart(self, frame: Frame) -> Move | Stay:
        program = self.program(frame)
        frame.path.clear()
        return self._enter_step(frame, program.flow.start or "" if program else "")

    def _enter_flow(self, flow: str) -> Move | Stay:
        program = self.library.current(flow)
        if program is None:
            self._broken("no_flow", f"there is no published flow «{flow}»")
            return None
        self.drop(flow)
        frame = Frame(flow=flow, revision=program.revision)
        self.state.frames.append(frame)
        return self._enter_step(frame, program.flow.start or "")

    def _enter_step(self, frame: Frame, to: str, *, back: bool = False) -> Move | Stay:
        self.scene.at = frame
        self._leave(frame)
        frame.step = to
        step = self.step(frame)
        if step is None:
            self._broken("dangling", f"there is no step «{to}»")
            return None
        self.walked.append((frame.flow, to))
        return self.checked(step, step.repeat(self.scene) if back else step.enter(self.scene))

    def checked(self, step: Step, move: Move) -> Move:
        """The move, unless it took an exit that must not be left open: then the user is told."""
        if move is None and any(p.unwired == "error" and p.link is None for p in step.ports()):
            self._broken("unwired", "an exit that was taken leads nowhere")
        return move

    def _broken(self, code: str, message: str) -> None:
        self.scene.fault(code, message)
        self.scene.say(self.scene.phrase("went_wrong"))

    def _drop_limit(self, frame: Frame) -> None:
        """The answer is no longer waited for; a delay stays pending."""
        left = self.step(frame)
        if left is not None and left.listens:
            frame.timers.pop(frame.step, None)

    def _leave(self, frame: Frame) -> None:
        self._drop_limit(frame)
        frame.memo = {}
        frame.misses = 0
        frame.asked = 0
        frame.whom = "user"

    def _wait(self, wait: Wait) -> None:
        frame = self.scene.at
        frame.whom = wait.whom
        if wait.whom == "user":
            _tread(frame)
        if wait.whom == "operator":
            self.state.taken = True
        if wait.until is not None:
            token = self._token()
            frame.timers[frame.step] = token
            self.scene.emit(WakeAt(wait.until, frame.flow, frame.step, token))

    def _ask(self, ask: Ask) -> None:
        frame = self.scene.at
        frame.whom = "user" if ask.listening else "clock"
        if ask.listening:
            _tread(frame)
        frame.asked = self._token()
        self.scene.emit(Call(ask.request, frame.flow, frame.step, frame.asked))

    def _token(self) -> int:
        self.state.token += 1
        return self.state.token


def local_question(effects: Sequence[Effect]) -> Call | None:
    """The last of them, if the shop's own books must answer it before anything else happens."""
    last = effects[-1] if effects else None
    return last if isinstance(last, Call) and is_local(last.request) else None


def _tread(frame: Frame) -> None:
    """The path is a trail of crumbs: whoever comes by a step again has gone back to it."""
    if frame.step in frame.path:
        del frame.path[frame.path.index(frame.step) + 1 :]
    else:
        frame.path.append(frame.step)
        del frame.path[:-LONGEST_PATH]
