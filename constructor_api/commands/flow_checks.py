"""What is wrong with flows, shown; and flows with nothing wrong, ready to be talked to."""

from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.table import Table
from rich.text import Text

from constructor_api.commands.flow_files import Trouble, check
from constructor_api.commands.terminal import Advice, note, out, say
from flows.library import Library, Program
from flows.triggers import OnDefault


def library_of(given: Sequence[Path], *, force: bool) -> Library:
    """The flows ready to be talked to; what nothing else takes begins the first of them.

    Shows what is wrong with them.  Raises Advice where that is an error, unless forced.
    """
    checked = check(given)
    if not checked.flows or not (checked.sound or force):
        show(checked.troubles)
        forced = "" if not checked.flows else ", or talk to them all the same with --force"
        raise Advice(f"These flows have errors. Mend them{forced}.")
    if checked.beside:
        names = ", ".join(path.name for path in checked.beside)
        note(f"Links lead on to {names}: taken along.", "dim")
    first, *others = checked.flows.values()
    if not any(isinstance(trigger, OnDefault) for trigger in first.triggers):
        first = first.model_copy(update={"triggers": (*first.triggers, OnDefault())})
    ordered = (first, *others, *checked.beside.values())
    return Library(Program(number, flow) for number, flow in enumerate(ordered, 1))


def show(troubles: Sequence[Trouble]) -> None:
    """A table in a terminal; elsewhere a line each, as tools that look for places read them."""
    if not out.is_terminal:
        for trouble in troubles:
            say(
                ": ".join(filter(None, (str(trouble.path), trouble.severity, trouble.place, trouble.message)))
            )
        return
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), expand=True)
    for title, ratio in (("File", 2), ("", None), ("Where", 2), ("What is wrong", 5)):
        table.add_column(title, ratio=ratio, overflow="fold")
    for trouble in troubles:
        style = "bold red" if trouble.severity == "error" else "yellow"
        cells = (trouble.path.name, trouble.severity, trouble.place, trouble.message)
        table.add_row(*(Text(cell, style if n == 1 else "") for n, cell in enumerate(cells)))
    out.print(table)
