"""Starting what runs until it is stopped, and the tables it needs."""

from typing import TYPE_CHECKING, Annotated

import typer

from constructor_api.commands.terminal import note, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.runtime import Engine

Host = Annotated[str | None, typer.Option(help="The address to listen on.", show_default="127.0.0.1")]
Port = Annotated[
    int | None,
    typer.Option(help="The port to listen on; PORT says it too.", show_default="8000", min=1, max=65535),
]


def serve(
    host: Host = None,
    port: Port = None,
    no_work: Annotated[
        bool, typer.Option("--no-work", help="Only answer; leave the rest to workers.")
    ] = False,
) -> None:
    """Answer the API, messengers and browsers, and do the bots' work, in one process.

    Without DATABASE_URL it brings its own PostgreSQL, with its files in BOTIQUE_FOLDER (.data).
    Ctrl-C finishes what was begun; once more quits at once.

    [dim]botique serve --port 9000[/dim]
    [dim]DATABASE_URL=postgresql://me@db/botique botique serve --host 0.0.0.0[/dim]

    Ends with 0 when stopped, with 1 if it cannot start, with 130 if not let finish.
    """
    from constructor_api.opening import settings_given
    from constructor_api.serving import serve as run

    async def opening(_: "Engine", address: str) -> "Callable[[], None]":
        return lambda: say(f"Botique answers on {address}", "bold green")

    run(settings_given(host=host, port=port), work=not no_work, opening=opening)


def worker(
    host: Host = None,
    port: Annotated[
        int | None,
        typer.Option(help="Answer /health, /ready and /metrics on this port.", min=1, max=65535),
    ] = None,
) -> None:
    """Deliver messages, mind delays and poll messengers, without an API.

    Any number of these may run beside `botique serve`, here or on other machines.

    [dim]DATABASE_URL=postgresql://me@db/botique botique worker --port 9001[/dim]
    """
    from constructor_api.opening import settings_given
    from constructor_api.serving import work

    settings = settings_given(host=host, port=port)
    work(settings, lambda: say("Botique works", "bold green"), watched=port is not None)


def migrate(
    distribute: Annotated[
        bool, typer.Option("--distribute", help="Spread the shops over the nodes of Citus.")
    ] = False,
) -> None:
    """Bring the tables of the database to this version.

    `serve`, `worker` and `demo` do it too when they start; two at once do no harm.

    [dim]DATABASE_URL=postgresql://me@db/botique botique migrate[/dim]
    """
    import asyncio

    from constructor_api.opening import address, opened, settings_given, spread

    async def bring(dsn: str) -> None:
        async with opened(dsn) as database:
            note("The tables are those of this version.", "green")
            if distribute:
                await spread(database)

    with address(settings_given()) as dsn:
        asyncio.run(bring(dsn))


def demo(host: Host = None, port: Port = None) -> None:
    """Serve the demo shop «Coffee Point»: its flows, a bot for web sites, an owner who can log in.

    What is there already stays as it is.  With BOTIQUE_DEMO_TELEGRAM_TOKEN it talks on Telegram too.

    [dim]botique demo --port 9000[/dim]
    """
    from constructor_api.commands.demo import open_shop
    from constructor_api.opening import settings_given
    from constructor_api.serving import serve as run

    run(settings_given(host=host, port=port), work=True, opening=open_shop)
