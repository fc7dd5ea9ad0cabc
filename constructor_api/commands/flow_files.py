"""Flows out of YAML files, as commands are given them: read, joined by their neighbours, checked."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from channels.kinds import UnknownChannel
from channels.room import room_of
from constructor_api.commands.terminal import Advice
from engine.rehearsal import rehearse
from flows.document import Flow
from flows.exchange import Unreadable, read
from flows.links import Enter
from flows.part import Severity
from flows.problems import Problem
from flows.rules import Room, problems
from flows.yaml_words import MAX_BYTES

SUFFIXES = (".yaml", ".yml")


class Trouble(NamedTuple):
    """One thing to mend in a file.  `place`: the step and the field, as far as they are known."""

    path: Path
    severity: Severity
    place: str
    message: str


class Checked(NamedTuple):
    """`flows` by the file they came from, in the order given; `beside`: those that links brought along."""

    flows: dict[Path, Flow]
    beside: dict[Path, Flow]
    troubles: list[Trouble]

    @property
    def sound(self) -> bool:
        return all(trouble.severity != "error" for trouble in self.troubles)


def check(given: Sequence[Path], channels: Sequence[str] = ()) -> Checked:
    """All that is wrong with the flows of files and folders, taken together as those of one shop.

    `channels`: the kinds that messages shall fit.  Their checks are played too.  Raises Advice for what
    cannot be opened, and for a kind that there is not.
    """
    rooms = _rooms(channels)
    flows: dict[Path, Flow] = {}
    troubles: list[Trouble] = []
    for path in _files(given):
        try:
            flow = read(content(path))
        except Unreadable as fault:
            troubles.extend(_unreadable(path, fault))
            continue
        twin = next((other for other, one in flows.items() if one.key == flow.key), None)
        if twin is not None:
            message = f"{twin} holds a flow with the key «{flow.key}» too. Give one of them another key."
            troubles.append(Trouble(path, "error", "key", message))
            continue
        flows[path] = flow
    beside = _neighbours(flows)
    by_key = {flow.key: flow for flow in (*beside.values(), *flows.values())}
    for path, flow in flows.items():
        troubles.extend(troubles_of(path, [*problems(flow, by_key, rooms), *rehearse(flow, by_key)]))
    return Checked(flows, beside, troubles)


def troubles_of(path: Path, found: Iterable[Problem]) -> list[Trouble]:
    """What the rules found in the flow of a file."""
    return [Trouble(path, one.severity, _place(None, one.step, one.field), one.message) for one in found]


def content(path: Path) -> bytes:
    """What a file holds, up to a little more than a flow may have.  Raises Advice."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Advice(
            f"{path} cannot be read: {error.strerror}. Check the name and its permissions."
        ) from None


def _rooms(channels: Iterable[str]) -> list[Room]:
    try:
        return [room_of(kind) for kind in dict.fromkeys(channels)]
    except UnknownChannel as unknown:
        raise Advice(f"{str(unknown).capitalize()}.", code=2) from None


def _files(given: Iterable[Path]) -> list[Path]:
    found: dict[Path, None] = {}
    for path in given:
        inside = sorted(one for one in path.iterdir() if one.suffix in SUFFIXES) if path.is_dir() else [path]
        if not inside:
            raise Advice(f"There is no YAML file in {path}. Name a flow's file, or a folder of them.")
        found.update(dict.fromkeys(inside))
    return list(found)


def _neighbours(flows: dict[Path, Flow]) -> dict[Path, Flow]:
    """Flows that lie in the same folders and that links lead to, directly or through one another."""
    here = {flow.key for flow in flows.values()}
    wanted = {key for flow in flows.values() for key in _entered(flow)} - here
    if not wanted:
        return {}
    around = {flow.key: (path, flow) for path, flow in _around(flows) if flow.key not in here}
    found: dict[Path, Flow] = {}
    while missing := [key for key in sorted(wanted) if key in around]:
        for key in missing:
            path, flow = around.pop(key)
            found[path] = flow
            wanted |= _entered(flow)
    return found


def _around(flows: dict[Path, Flow]) -> Iterator[tuple[Path, Flow]]:
    for folder in dict.fromkeys(path.parent for path in flows):
        for path in sorted(folder.iterdir()):
            if path.suffix in SUFFIXES and path not in flows:
                try:
                    yield path, read(content(path))
                except (Unreadable, Advice):
                    continue  # nobody named it, so it is none of our business


def _entered(flow: Flow) -> set[str]:
    linked = {port.link.flow for _, port in flow.links() if isinstance(port.link, Enter)}
    return linked.union(*(step.runs_flows() for step in flow.steps))


def _unreadable(path: Path, fault: Unreadable) -> Iterator[Trouble]:
    for misfit in fault.misfits:
        line = f"line {misfit.line}" if misfit.line is not None else None
        yield Trouble(path, "error", _place(line, misfit.step, misfit.field), misfit.message)


def _place(line: str | None, step: str | None, field: str | None) -> str:
    inside = ".".join(part for part in (step, field) if part)
    return ", ".join(part for part in (line, inside) if part)
