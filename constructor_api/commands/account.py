"""People who can log in."""

from typing import Annotated

import typer

from constructor_api.commands.asking import typed_secret
from constructor_api.commands.terminal import say

app = typer.Typer(no_args_is_help=True, help="Let people log in, and see the shops they are in.")

Email = Annotated[str, typer.Argument(help="The e-mail address.", metavar="EMAIL")]


@app.command()
def add(
    email: Email,
    shop: Annotated[str, typer.Option(help="Open a shop of this name for the account.")] = "",
    zone: Annotated[str, typer.Option(help="The new shop's time zone, such as Europe/Lisbon.")] = "UTC",
) -> None:
    """Let somebody log in; the password is asked for, or read from the input.

    [dim]botique account add ann@example.com --shop "Ann's Cakes"[/dim]
    [dim]botique account add ann@example.com < password.txt[/dim]
    """
    from constructor_api.commands.account_errands import add_account

    shop_id = add_account(email, typed_secret("Password"), shop, zone)
    say(f"{email} can log in." + (f" The shop has the number {shop_id}." if shop_id else ""), "green")


@app.command()
def shops(email: Email) -> None:
    """Show the shops of an account, by their numbers.

    [dim]botique account shops ann@example.com[/dim]
    """
    from constructor_api.commands.account_errands import shops_of

    for number, name, role in shops_of(email):
        say(f"{number}\t{name}\t{role}")
