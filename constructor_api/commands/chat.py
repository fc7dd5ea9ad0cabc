"""Talking to a flow in the terminal."""

from functools import wraps
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

Files = Annotated[
    list[Path], typer.Argument(help="YAML files of flows, or folders of them.", metavar="FLOW.yaml")
]
WaresFile = Annotated[Path | None, typer.Option(help="YAML file of what is sold.", metavar="WARES.yaml")]


class Talk(NamedTuple):
    """What may be typed after `chat`: more than a function may be given."""

    files: Files
    start: Annotated[str, typer.Option(help="Come by a link with this start parameter.")] = ""
    wares: WaresFile = None
    zone: Annotated[str, typer.Option(help="The shop's time zone, such as Europe/Lisbon.")] = "UTC"
    fast: Annotated[bool, typer.Option("--fast", help="Let delays pass at once.")] = False
    trace: Annotated[bool, typer.Option("--trace", help="Show what each turn did.")] = False
    force: Annotated[bool, typer.Option("--force", help="Talk although there are errors.")] = False


@wraps(Talk, assigned=())
def chat(**typed: Any) -> None:
    """Talk to a flow here and now, without a database.

    The first flow is the one that answers first; flows that it enters are looked for beside it.
    A choice is its number or its label.  /start begins anew, /back ends the turn of an operator.
    The shop sells nothing, unless --wares puts something on its shelves.

    [dim]botique chat flows/starters/coffee_point.yaml[/dim]
    [dim]botique chat shop.yaml --wares wares.yaml[/dim]
    [dim]printf '2\\nAnn\\n' | botique chat coffee_point.yaml lead_form.yaml --fast[/dim]

    Ends with 0 at the end of the input, with 1 if the flows cannot be run.
    """
    from constructor_api.commands.flow_checks import library_of
    from constructor_api.commands.wares_file import wares_in
    from constructor_api.commands.zones import zone_named
    from constructor_api.terminal_chat.dialogue import Dialogue

    talk = Talk(**typed)
    wares = wares_in(talk.wares) if talk.wares else None
    library, zone = library_of(talk.files, force=talk.force), zone_named(talk.zone)
    Dialogue(library, zone, wares, trace=talk.trace, fast=talk.fast).run(talk.start)
