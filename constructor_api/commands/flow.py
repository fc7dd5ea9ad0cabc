"""Flows as files."""

from pathlib import Path
from typing import Annotated

import typer

from constructor_api.commands.terminal import Advice, note, out

Files = Annotated[
    list[Path], typer.Argument(help="YAML files of flows, or folders of them.", metavar="FLOW.yaml")
]
ShopId = Annotated[int, typer.Option("--shop", help="The shop's number.", min=1)]

app = typer.Typer(no_args_is_help=True, help="Check flows, bring them into a shop and take them out.")


@app.command()
def validate(
    files: Files,
    channels: Annotated[
        list[str] | None,
        typer.Option(
            "--channel", help="A messenger that messages shall fit.  May be repeated.", metavar="KIND"
        ),
    ] = None,
) -> None:
    """Show all that is wrong with flows, taken together as those of one shop.

    Flows that they enter are looked for beside them, and not checked themselves.

    [dim]botique flow validate flows/starters --channel telegram --channel web[/dim]

    Ends with 1 if there is an error; warnings alone let it end with 0.
    """
    from constructor_api.commands.flow_checks import show
    from constructor_api.commands.flow_files import check

    checked = check(files, channels or ())
    if checked.troubles:
        show(checked.troubles)
    errors = sum(trouble.severity == "error" for trouble in checked.troubles)
    warnings = len(checked.troubles) - errors
    note(
        f"{_counted(len(checked.flows), 'flow')} read: "
        f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')}.",
        "bold red" if errors else "yellow" if warnings else "green",
    )
    raise typer.Exit(1 if errors else 0)


@app.command("import")
def bring(
    files: Files,
    shop: ShopId,
    publish: Annotated[bool, typer.Option("--publish", help="Let them talk to people at once.")] = False,
) -> None:
    """Bring flows into a shop, as drafts; a flow that it has already is drawn anew.

    All of them or none.  Their keys tell which is which.

    [dim]botique flow import menu.yaml lead.yaml --shop 1 --publish[/dim]

    Ends with 1 if a file is no flow, or with --publish if there is an error in one.
    """
    from constructor_api.commands.flow_errands import import_flows

    keys = import_flows(files, shop, publish=publish)
    done = "Published" if publish else "Imported as drafts"
    note(f"{done}: {', '.join(keys)}.", "green")


@app.command()
def export(
    key: Annotated[str, typer.Argument(help="The flow's key.", metavar="KEY")],
    shop: ShopId,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The file to write.")] = None,
) -> None:
    """Write the draft of a flow as YAML, to be kept, compared or brought into another shop.

    [dim]botique flow export main --shop 1 -o main.yaml[/dim]
    """
    from constructor_api.commands.flow_errands import export_flow

    text = export_flow(shop, key)
    if output is None:
        out.file.write(text)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Advice(f"{output} cannot be written: {error.strerror}.") from None


def _counted(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"
