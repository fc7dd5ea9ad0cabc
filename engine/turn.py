"""One turn: what happened, to what the bot does.  A pure function of its arguments."""

from typing import NamedTuple, assert_never

from msgspec.structs import replace

from engine.orders.news import told
from engine.play import LONGEST_TURN, EndlessTurn, Play, local_question
from engine.scene import Occasion, TurnScene
from engine.state import Frame, State
from flows.card import Card
from flows.effects import Call, Effect, Notice
from flows.events import (
    Answered,
    Event,
    HandedBack,
    Joined,
    Left,
    OrderMoved,
    Pressed,
    Ran,
    Said,
    Started,
    Stopped,
    TookOver,
    Woke,
)
from flows.json_value import JSON
from flows.library import Library
from flows.step import Miss, Step, Wait

__all__ = ["EndlessTurn", "Occasion", "Turn", "answered", "hear", "open_question"]


class Turn(NamedTuple):
    """What a turn leaves behind: the new state and card, and what the world shall do.

    `walked`: the steps that had a part in it, as (flow, step) in their order: the one that heard the event,
    then each that was entered or spoke again.  `begun`: how many of them came before the event that is played
    now.  `heard`: what the user wrote, unless a step has taken it as its answer.
    """

    state: State
    card: Card
    effects: tuple[Effect, ...]
    walked: tuple[tuple[str, str], ...] = ()
    begun: int = 0
    heard: str = ""


def hear(library: Library, state: State, card: Card, event: Event, occasion: Occasion) -> Turn:
    """Play one turn.  `library` must hold every revision that the state and a press name.

    Raises EndlessTurn; then nothing of the turn may be kept.
    """
    play = Play(library, state.copy(), TurnScene(card, occasion))
    _take(play, event)
    return _so_far(play)


def open_question(turn: Turn) -> Call | None:
    """What the shop's own books must answer before the turn is over; None if it is."""
    return local_question(turn.effects)


def answered(library: Library, turn: Turn, status: int, body: JSON, occasion: Occasion) -> Turn:
    """The turn, gone on with the answer to its open question.  Raises EndlessTurn."""
    asked = open_question(turn)
    assert asked is not None
    # Other dice than those that fell before the question.
    scene = TurnScene(turn.card, occasion._replace(seed=occasion.seed + asked.token))
    scene.effects, scene.heard = [*turn.effects[:-1]], turn.heard
    play = Play(library, turn.state.copy(), scene)
    play.walked, play.begun = [*turn.walked], turn.begun
    # The turn has begun, so that it is told to its end, even if it has meanwhile unsubscribed the user.
    _goes_on(play, Answered(asked.flow, asked.step, asked.token, status, body))
    if len(play.walked) - play.begun > LONGEST_TURN:
        raise EndlessTurn(asked.flow, asked.step)
    _catch_up(play)
    return _so_far(play)


def _so_far(play: Play) -> Turn:
    scene = play.scene
    return Turn(play.state, scene.card, tuple(scene.effects), tuple(play.walked), play.begun, scene.heard)


def _take(play: Play, event: Event) -> None:
    match event:
        case Started() | Said() | Pressed():
            _from_user(play, event)
        case Woke() | Answered() | Ran():
            _from_outside(play, event)
        case Stopped(flow=flow):
            if play.drop(flow) and not play.state.taken:
                play.resume()
        case TookOver():
            play.state.taken = True
        case HandedBack():
            _hand_back(play)
        case OrderMoved():
            waiting = told(play, event)
            if waiting:
                _offer(play, *waiting, event)
        case Left() | Joined():
            play.scene.card = replace(play.scene.card, reachable=isinstance(event, Joined))
        case _:
            assert_never(event)


def _from_user(play: Play, event: Started | Said | Pressed) -> None:
    card = replace(play.scene.card, reachable=True)
    if isinstance(event, Started):
        # Pressing Start is how a person asks a silent bot to speak again (docs/decisions/0005).
        parameter = event.parameter or card.start_parameter
        card = replace(card, subscribed=True, start_parameter=parameter)
    play.scene.card = card
    if play.state.taken or not card.subscribed:
        return
    match event:
        case Started(parameter=parameter):
            _start(play, parameter)
        case Said():
            _said(play, event)
        case Pressed():
            _pressed(play, event)
        case _:
            assert_never(event)


def _from_outside(play: Play, event: Woke | Answered | Ran) -> None:
    if isinstance(event, Woke) and play.state.is_operators_limit(event):
        _hand_back(play, event)
    elif play.state.taken:
        play.state.held.append(event)
    elif isinstance(event, Ran):
        play.run(event.flow)
    elif play.scene.card.subscribed and play.scene.card.reachable:
        _goes_on(play, event)
    else:
        _lapse(play, event)


def _start(play: Play, parameter: str) -> None:
    """The start command ends whatever waits for the user; delays stay pending."""
    flow = play.library.switchboard.start(parameter)
    if flow is None:
        return
    for frame in list(play.state.frames):
        play.park(frame)
    play.run(flow)


def _goes_on(play: Play, event: Woke | Answered) -> None:
    frame = _due(play, event)
    if frame is None:
        return
    play.lift(frame, event.step)
    step = play.step(frame)
    if step is None:  # The flow was removed meanwhile: nobody shall come back to it.
        return play.park(frame)
    _offer(play, frame, step, event)


def _lapse(play: Play, event: Woke | Answered) -> None:
    """Nobody may be spoken to: a flow that only waited for this is over."""
    frame = _due(play, event)
    if frame is None or frame.step != event.step:
        return
    if frame.whom == "clock" or isinstance(event, Answered):
        play.park(frame)


def _due(play: Play, event: Woke | Answered) -> Frame | None:
    """The frame that waits for the event, and from now on does not; None if the event is void."""
    frame = play.state.frame(event.flow)
    if frame is None:
        return None
    if isinstance(event, Woke):
        if frame.timers.get(event.step) != event.token:
            return None
        del frame.timers[event.step]
        return frame
    if frame.asked != event.token:
        return None
    frame.asked = 0
    return frame


def _said(play: Play, said: Said) -> None:
    play.scene.heard = said.text
    listener = _listener(play)
    if listener is not None:
        frame, step = listener
        play.lift(frame)
        return _offer(play, frame, step, said)
    switchboard = play.library.switchboard
    flow = switchboard.keyword(said.text)
    if flow is None and switchboard.default and play.state.frame(switchboard.default) is None:
        flow = switchboard.default
    if flow is not None:
        play.run(flow)


def _listener(play: Play) -> tuple[Frame, Step] | None:
    """The latest flow that waits for the user; a delay above it does not make the bot deaf."""
    for frame in reversed(play.state.frames):
        step = play.step(frame)
        play.scene.at = frame
        if frame.whom == "user" and step is not None and step.expects(play.scene):
            return frame, step
    return None


def _pressed(play: Play, pressed: Pressed) -> None:
    program = play.library.revision(pressed.revision)
    frame = play.state.frame(program.flow.key) if program else None
    if program is None:
        return _outdated(play)
    here = frame is not None and frame.step == pressed.step and frame.whom == "user"
    if frame is None:
        program = play.library.current(program.flow.key) or program
        frame = Frame(flow=program.flow.key, revision=program.revision)
    else:
        program = play.program(frame) or program
    step = program.flow.voices.of(play.scene.card.lang_code).step(pressed.step)
    if step is None or not step.listens:
        return _outdated(play)
    # A late press is judged without the notes of wherever the user is now.
    play.scene.at = Frame(flow=frame.flow, revision=frame.revision, step=pressed.step)
    if not here and (late := step.press(play.scene, pressed.item)) != "go":
        return _outdated(play) if late == "outdated" else None
    if frame not in play.state.frames:
        play.state.frames.append(frame)
    play.lift(frame, pressed.step)
    _offer(play, frame, step, pressed)


def _outdated(play: Play) -> None:
    play.scene.emit(Notice(play.scene.phrase("outdated")))


def _offer(play: Play, frame: Frame, step: Step, event: Event) -> None:
    """Let the step hear the event, and follow where it leads."""
    play.scene.at = frame
    play.walked.append((frame.flow, step.id))
    move = step.hear(play.scene, play.understood(frame, step, event))
    if isinstance(move, Miss):
        return _missed(play, frame, step, event, move)
    if not isinstance(event, Answered):
        play.scene.heard = ""
    frame.misses = 0
    play.go(play.checked(step, move))


def _missed(play: Play, frame: Frame, step: Step, event: Event, miss: Miss) -> None:
    if not isinstance(event, Said):
        return _outdated(play)
    keyword = play.library.switchboard.keyword(event.text)
    if keyword is not None:
        frame.misses = 0
        return play.run(keyword)
    if miss.otherwise is not None:
        play.scene.heard = ""
        frame.misses = 0
        return play.go(play.checked(step, miss.otherwise()))
    program = play.program(frame)
    unknown = program.flow.unknown if program else None
    frame.misses += 1
    allowed = miss.allowed or (unknown.misses if unknown else 0)
    way_out = miss.failed or (unknown.fallback if unknown else None)
    if way_out is not None and frame.misses >= allowed:
        frame.misses = 0
        return play.go(way_out)
    voice = play.voice(frame)
    hint = miss.hint or (play.scene.render(voice.hint) if voice else "")
    play.scene.say(hint or play.scene.phrase("hint_menu"))
    play.go(step.repeat(play.scene) if miss.again else Wait(miss.until))


def _hand_back(play: Play, woke: Woke | None = None) -> None:
    """The bot speaks again: where it was, then what came due meanwhile."""
    play.state.taken = False
    frame = play.state.current
    if frame is not None:
        step = play.step(frame)
        if frame.whom == "operator" and step is not None:
            frame.timers.pop(frame.step, None)
            _offer(play, frame, step, woke or HandedBack())
        elif not any(isinstance(event, OrderMoved) for event in play.state.held):
            # Whoever has paid meanwhile is not asked to pay.
            play.resume()
    _catch_up(play)


def _catch_up(play: Play) -> None:
    """What came due beside an operator, up to where a person takes over again, or the books must answer."""
    while play.state.held and not play.state.taken and local_question(play.scene.effects) is None:
        play.begun = len(play.walked)
        _take(play, play.state.held.pop(0))
