"""Catalogues as tables."""

from pathlib import Path
from typing import Annotated

import typer

from constructor_api.commands.terminal import note

Shop = Annotated[int, typer.Argument(help="The shop's number.", min=1, metavar="SHOP")]

app = typer.Typer(no_args_is_help=True, help="Bring a catalogue into a shop as a table, and take it out.")


@app.command("import")
def bring(
    shop: Shop,
    file: Annotated[Path, typer.Argument(help="CSV or XLSX.", metavar="FILE")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done.")] = False,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave out bad rows, and do the rest.")
    ] = False,
) -> None:
    """Bring products into a shop; those that it has already are changed, and none is deleted.

    All of the table or none of it.  Products are told by id, else sku, else their name in their section.

    [dim]botique catalogue import 1 goods.xlsx --dry-run[/dim]

    Ends with 1 if rows are bad, and nothing was done.
    """
    from constructor_api.commands.catalogue_errands import import_table, show_bad

    report = import_table(shop, file, dry_run=dry_run, skip_bad=skip_bad)
    for left_out in report.notes:
        note(left_out, "yellow")
    if report.bad:
        show_bad(report)
    done = "Would be" if dry_run else "Done" if report.applied else "Nothing was done; would be"
    counts = f"{report.new} new, {report.changed} changed, {report.unchanged} as they were"
    note(f"{done}: {counts}; {report.bad_count} bad rows.", "yellow" if report.bad_count else "green")
    raise typer.Exit(1 if report.bad_count and not report.applied else 0)


@app.command()
def export(
    shop: Shop,
    output: Annotated[Path, typer.Argument(help="The file to write, .csv or .xlsx.", metavar="FILE")],
) -> None:
    """Write a shop's catalogue as a table; brought in again it changes nothing.

    [dim]botique catalogue export 1 goods.csv[/dim]
    """
    from constructor_api.commands.catalogue_errands import export_table

    export_table(shop, output)
    note(f"Written: {output}.", "green")
