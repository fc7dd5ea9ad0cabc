"""A shop's bots."""

from typing import Annotated

import typer

from constructor_api.commands.asking import typed_secret
from constructor_api.commands.terminal import Advice, say

app = typer.Typer(no_args_is_help=True, help="Connect a shop's bots to messengers, start and stop them.")

ShopId = Annotated[int, typer.Option("--shop", help="The shop's number.", min=1)]
BotId = Annotated[int, typer.Argument(help="The bot's number.", metavar="BOT", min=1)]


@app.command()
def add(
    shop: ShopId,
    kind: Annotated[str, typer.Option(help="The messenger.")],
    name: Annotated[str, typer.Option(help="What to call the bot.")] = "",
    token_stdin: Annotated[
        bool, typer.Option("--token-stdin", help="Read its token (as it does anyway).")
    ] = False,
    credentials_stdin: Annotated[
        bool, typer.Option("--credentials-stdin", help="Read all its credentials from the input, as JSON.")
    ] = False,
) -> None:
    """Connect a bot and start it.

    A token is read from the input and never taken from the command line, where others could see it;
    typed by hand, it does not show.

    [dim]botique bot add --shop 1 --kind telegram < token.txt[/dim]
    [dim]echo '{"title": "Ask us"}' | botique bot add --shop 1 --kind web --credentials-stdin[/dim]

    Ends with 1 if the messenger refuses; the bot is kept, and can be started later.
    """
    from constructor_api.commands.bot_errands import add_bot, credentials_of

    if token_stdin and credentials_stdin:
        raise Advice("Give either --token-stdin or --credentials-stdin.", code=2)
    text = typed_secret("Credentials as JSON" if credentials_stdin else "Token")
    bot = add_bot(shop, kind, name, credentials_of(kind, text, as_json=credentials_stdin))
    say(f"Bot {bot.id} is started. {bot.link}".strip(), "green")


@app.command("list")
def list_bots(shop: ShopId) -> None:
    """Show a shop's bots.

    [dim]botique bot list --shop 1[/dim]
    """
    from constructor_api.commands.bot_errands import show_bots

    show_bots(shop)


@app.command()
def start(bot: BotId, shop: ShopId) -> None:
    """Connect a bot with its messenger, and let it talk.

    [dim]botique bot start 2 --shop 1[/dim]

    Ends with 1 if the messenger refuses.
    """
    from constructor_api.commands.bot_errands import start_bot

    started = start_bot(shop, bot)
    say(f"Bot {bot} is started. {started.link}".strip(), "green")


@app.command()
def stop(bot: BotId, shop: ShopId) -> None:
    """Stop a bot: what people write to it is ignored.

    [dim]botique bot stop 2 --shop 1[/dim]
    """
    from constructor_api.commands.bot_errands import stop_bot

    stop_bot(shop, bot)
    say(f"Bot {bot} is stopped.", "green")
