"""What the demo shop tells whoever started it."""

from pathlib import Path
from typing import NamedTuple

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from constructor_api.commands.terminal import out, say


class DemoCard(NamedTuple):
    """Addresses and login.  `kept`: the file that holds the password; `password`: None if it was changed."""

    chat: str
    api: str
    shop_id: int
    email: str
    password: str | None
    kept: Path


def show(card: DemoCard) -> None:
    """A card in a terminal; elsewhere a line each."""
    rows = (
        ("Talk to the bot", card.chat),
        ("The API", card.api),
        ("Shop", str(card.shop_id)),
        ("E-mail", card.email),
        ("Password", f"{card.password}  (kept in {card.kept})" if card.password else "the one you chose"),
    )
    if not out.is_terminal:
        for title, told in rows:
            say(f"{title}: {told}")
        return
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for title, told in rows:
        grid.add_row(Text(title), Text(told))
    out.print()
    out.print(
        Panel(
            grid,
            title="Coffee Point is open",
            subtitle="Ctrl-C stops it, the data stays",
            style="green",
            expand=False,
        )
    )
