"""Everything that can be typed after `botique`.

A command imports what it runs when it runs: `--help` and the completion of names need no database driver.
"""

import sys

import typer

from constructor_api.commands import account, bot, catalogue, flow, outbox
from constructor_api.commands.chat import chat
from constructor_api.commands.running import demo, migrate, serve, worker
from constructor_api.commands.terminal import Advice, note

app = typer.Typer(
    name="botique",
    help="A visual chatbot flow engine: shops draw conversations, bots hold them on every messenger.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (demo, chat, serve, worker, migrate):
    app.command()(command)
app.add_typer(flow.app, name="flow")
app.add_typer(bot.app, name="bot")
app.add_typer(catalogue.app, name="catalogue")
app.add_typer(outbox.app, name="outbox")
app.add_typer(account.app, name="account")


def main() -> None:
    """The console script.  Exit codes: 0 done, 1 not done, 2 typed wrongly, 130 interrupted."""
    try:
        app()
    except Advice as advice:
        note(advice.message, "bold red")
        sys.exit(advice.code)
