"""Messages that were given up."""

from typing import Annotated

import typer

from constructor_api.commands.terminal import Advice, note

Shop = Annotated[int, typer.Argument(help="The shop's number.", min=1, metavar="SHOP")]

app = typer.Typer(no_args_is_help=True, help="See which messages were given up, and send them again.")


@app.command("list")
def list_letters(
    shop: Shop,
    bot: Annotated[int | None, typer.Option("--bot", help="Only those of this bot.", min=1)] = None,
) -> None:
    """Show a shop's messages that were given up, the latest first, and why.

    [dim]botique outbox list 1 --bot 2[/dim]
    """
    from constructor_api.commands.outbox_errands import show_letters

    show_letters(shop, bot)


@app.command()
def resend(
    shop: Shop,
    ids: Annotated[
        list[int] | None, typer.Argument(help="Their numbers, as the list has them.", min=1, metavar="ID ...")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that were given up so far.")] = False,
) -> None:
    """Send messages again that were given up.  Bills are never sent twice.

    [dim]botique outbox resend 1 17 18[/dim]
    [dim]botique outbox resend 1 --all[/dim]

    Of those that are named all are sent again or none.
    """
    from constructor_api.commands.outbox_errands import resend_all, resend_these

    if bool(ids) == everything:
        raise Advice("Name the messages by their numbers, or give --all.", code=2)
    if ids:
        resend_these(shop, ids)
        note(f"On their way again: {len(set(ids))}.", "green")
        return
    sent, bills = resend_all(shop)
    note(f"On their way again: {sent}.", "green")
    if bills:
        note(f"Bills, which are not sent twice: {bills}.", "yellow")
