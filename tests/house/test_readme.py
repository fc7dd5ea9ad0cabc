"""What a newcomer can type, the README tells him."""

import re
import tomllib
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec

import typer
from typer.main import get_command

from tests.house.tree import ROOT


def commands(command: object, path: str) -> Iterator[str]:
    """Every command that is not hidden, as it is typed."""
    inner: dict[str, object] = getattr(command, "commands", {})
    if not inner:
        yield path
    for name, one in inner.items():
        if not getattr(one, "hidden", False):
            yield from commands(one, f"{path} {name}")


def untold(readme: str, typed: Iterator[str]) -> list[str]:
    return [command for command in typed if not re.search(rf"\b{re.escape(command)}(?![\w-])", readme)]


def _script_commands() -> Iterator[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for name, entry in project["scripts"].items():
        module = entry.partition(":")[0]
        if find_spec(module) is not None:
            apps = [thing for thing in vars(import_module(module)).values() if isinstance(thing, typer.Typer)]
            assert apps, f"{module} has no commands"
            yield from max(([*commands(get_command(app), name)] for app in apps), key=len)


def test_every_command_is_in_the_readme() -> None:
    assert not untold((ROOT / "README.md").read_text(), _script_commands())


def test_a_command_that_the_readme_lacks_is_found() -> None:
    app, flow = typer.Typer(), typer.Typer()
    app.add_typer(flow, name="flow")
    flow.command("import")(lambda: None)
    flow.command("validate")(lambda: None)
    app.command("demo")(lambda: None)
    app.command("inner", hidden=True)(lambda: None)
    readme = "`botique flow validate FILE`, `botique demo-shop`, botique flow"
    assert set(untold(readme, commands(get_command(app), "botique"))) == {
        "botique demo",
        "botique flow import",
    }
