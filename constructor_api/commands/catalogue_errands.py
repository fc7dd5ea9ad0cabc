"""Tables into a shop's catalogue and out of it, from the command line."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

from rich.progress import Progress
from rich.table import Table

from constructor_api.commands.errands import errand
from constructor_api.commands.terminal import Advice, err, out, say
from engine.catalogue.incoming import Report, Terms, import_catalogue
from engine.catalogue.outgoing import export_catalogue
from engine.runtime import Engine
from engine.sheet_reading import Unreadable
from engine.sheets import Format
from engine.store.shops import Shop, Shops
from engine.store.unit import Unit

LARGEST = 10_000_000


def import_table(shop_id: int, path: Path, *, dry_run: bool, skip_bad: bool) -> Report:
    """Raises Advice, Refusal."""
    content = _content(path)

    async def importing(engine: Engine) -> Report:
        async with engine.database.unit() as unit:
            shop = await _shop(unit, shop_id)
            with _bar() as tell:
                return await import_catalogue(unit, shop, content, Terms(dry_run, skip_bad), tell)

    try:
        return errand(importing)
    except Unreadable as unreadable:
        raise Advice(f"{path}: {unreadable}") from None


def export_table(shop_id: int, path: Path) -> None:
    """Raises Advice, Refusal."""
    suffix = path.suffix.removeprefix(".").lower()
    format = next((one for one in get_args(Format) if one == suffix), None)
    if format is None:
        raise Advice("Name a file that ends with .csv or .xlsx.", code=2)

    async def exporting(engine: Engine) -> None:
        async with engine.database.unit() as unit:
            with await export_catalogue(unit, await _shop(unit, shop_id), format) as file:
                try:
                    with path.open("wb") as written:
                        shutil.copyfileobj(file, written)
                except OSError as error:
                    raise Advice(f"{path} cannot be written: {error.strerror}.") from None

    errand(exporting)


def show_bad(report: Report) -> None:
    """The bad rows: a table for a person, a line each for a program."""
    if not out.is_terminal:
        for bad in report.bad:
            say(str(bad))
        return
    table = Table("Line", "Column", "What is wrong", header_style="bold")
    for bad in report.bad:
        table.add_row(str(bad.line), bad.column, bad.message)
    out.print(table)
    if report.bad_count > len(report.bad):
        say(f"And {report.bad_count - len(report.bad)} more.")


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise Advice(f"{path} cannot be read: {error.strerror}. Check its name.") from None
    if len(content) > LARGEST:
        raise Advice(f"{path} is larger than {LARGEST:,} bytes. Put its rows into several files.")
    return content


async def _shop(unit: Unit, shop_id: int) -> Shop:
    shop = await Shops(unit).find(shop_id)
    if shop is None:
        raise Advice("There is no such shop. botique account shops EMAIL shows those of an account.")
    return shop


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """How far it is, in a terminal."""
    with Progress(console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task("Comparing with the catalogue", total=None)
        yield lambda done, whole: progress.update(task, completed=done, total=whole)
