"""One kind, one file; nobody else names it."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.tree import ROOT, Source, assert_held, python, snippet, sources

STEPS = "flows/steps"
CHANNELS = "channels/kinds"
# These must be able to name kinds: they are about them.
OPEN_TO_NAMES = ("tests/", "docs/", "flows/starters/")
# Channel names that are English or Python as well.  Of step kinds, every single word is one.
ORDINARY = {"echo", "max", "messenger", "web"}


def kinds(folder: str) -> list[str]:
    """The kinds that a folder holds: its modules."""
    return sorted(path.stem for path in (ROOT / folder).glob("*.py") if path.stem != "__init__")


class Names:
    """Finds where a kind is named outside its own file."""

    def __init__(self, steps: list[str], channels: list[str]) -> None:
        self.homes = {f"{STEPS}/{kind}.py": kind for kind in steps}
        self.homes |= {f"{CHANNELS}/{kind}.py": kind for kind in channels}
        self.kinds = {*steps, *channels}
        self.telling = {k for k in steps if "_" in k} | (set(channels) - ORDINARY)

    def __call__(self, source: Source) -> Iterator[str]:
        if source.path.startswith(OPEN_TO_NAMES):
            return
        own = self.homes.get(source.path)
        found = self._python(source) if source.path.endswith(".py") else self._script(source)
        for line, kind in sorted(found):
            if kind != own:
                yield f'{line}: names the kind "{kind}"'

    def _python(self, source: Source) -> set[tuple[int, str]]:
        tagged = {id(value) for node in ast.walk(source.tree) for value in _tags(node)}
        found: set[tuple[int, str]] = set()
        for node in ast.walk(source.tree):
            found.update(_compared(node))
            if isinstance(node, ast.Import | ast.ImportFrom):
                paths = (module.replace(".", "/") + ".py" for module in _modules(node, source))
                found.update((node.lineno, self.homes[path]) for path in paths if path in self.homes)
            elif isinstance(node, ast.Constant) and node.value in self.telling and id(node) not in tagged:
                found.add((node.lineno, str(node.value)))
        return {(line, kind) for line, kind in found if kind in self.kinds}

    def _script(self, source: Source) -> set[tuple[int, str]]:
        """In TypeScript: a telling name in quotes, or any name compared with a `kind`."""
        found = set()
        switches = re.search(r"switch\s*\([^)]*\bkind\b[^)]*\)", source.text)
        for number, line in enumerate(source.text.splitlines(), 1):
            quoted = set(re.findall(r"""["'`](\w+)["'`]""", line))
            compared = set(re.findall(r"""\bkind\s*[!=]==?\s*["'`](\w+)["'`]""", line))
            cases = set(re.findall(r"""\bcase\s+["'`](\w+)["'`]""", line)) if switches else set()
            found |= {(number, kind) for kind in quoted & self.telling | (compared | cases) & self.kinds}
        return found


def _modules(node: ast.Import | ast.ImportFrom, source: Source) -> Iterator[str]:
    """Every module that an import may mean: `from a import b` means `a`, and perhaps `a.b`."""
    if isinstance(node, ast.Import):
        yield from (name.name for name in node.names)
        return
    near = source.parts[: -node.level] if node.level else ()
    origin = ".".join([*near, *([node.module] if node.module else [])])
    yield origin
    yield from (f"{origin}.{name.name}" for name in node.names)


def _tags(node: ast.AST) -> Iterator[ast.expr]:
    """Effects and events have names of their own, which may be those of a kind."""
    if isinstance(node, ast.ClassDef):
        yield from (word.value for word in node.keywords if word.arg == "tag")


def _compared(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Texts that a `kind` is compared with, by operator or by `match`."""
    match node:
        case ast.Compare(left=left, comparators=rest) if any(map(_is_kind, (left, *rest))):
            yield from (text for side in (left, *rest) for text in _texts(side))
        case ast.Match(subject=subject, cases=cases) if _is_kind(subject):
            yield from (text for case in cases for text in _texts(case.pattern))


def _is_kind(node: ast.expr) -> bool:
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name) | ast.Subscript(slice=ast.Constant(value=name)):
            return name == "kind"
    return False


def _texts(node: ast.AST) -> Iterator[tuple[int, str]]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield inner.lineno, inner.value


def test_a_kind_is_named_in_its_own_file_only() -> None:
    scripts = [source for source in sources() if source.path.endswith((".ts", ".tsx", ".js"))]
    assert_held(Names(kinds(STEPS), kinds(CHANNELS)), [*python(), *scripts])


def test_every_step_kind_has_its_case_file() -> None:
    cases = {path.stem for path in (ROOT / "tests/flows/cases").glob("*.yaml")}
    missing = sorted(set(kinds(STEPS)) - cases)
    assert not missing


def test_every_channel_kind_has_its_case_folder() -> None:
    cases = {path.parent.name for path in (ROOT / "tests/channels/cases").glob("*/*")}
    missing = sorted(set(kinds(CHANNELS)) - cases)
    assert not missing


def test_the_kinds_are_found() -> None:
    assert "message" in kinds(STEPS)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("engine/x.py", "from flows.steps.message import Message"),
        ("engine/x.py", "from flows.steps import message"),
        ("engine/x.py", "import flows.steps.message as m"),
        ("flows/steps/ask_text.py", "from .message import Message"),
        ("flows/steps/__init__.py", "from . import message"),
        ("engine/x.py", "x = step.kind == 'message'"),
        ("engine/x.py", "x = 'message' != kind"),
        ("engine/x.py", "x = raw['kind'] in ('delay', 'message')"),
        ("engine/x.py", "match step.kind:\n    case 'delay' | 'message': pass"),
        ("engine/x.py", "KINDS['ask_text']"),
        ("flows/steps/message.py", "x = 'ask_text'"),
        ("engine/x.py", "CHANNELS = {'telegram': 1}"),
        ("channels/base.py", "x = bot.kind == 'web'"),
        ("web_editor/x.ts", "const a = kinds['ask_text']"),
        ("web_editor/x.tsx", "if (step.kind === 'message') {"),
        ("web_editor/x.tsx", "switch (step.kind) {\n  case `message`:"),
    ],
)
def test_a_kind_named_elsewhere_is_found(path: str, text: str) -> None:
    assert len(list(_names(snippet(path, text)))) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("flows/steps/message.py", "kind: Literal['message'] = 'message'"),
        ("flows/steps/ask_text.py", "kind: Literal['ask_text'] = 'ask_text'"),
        ("flows/effects.py", "class AskText(Effect, tag='ask_text'): ..."),
        ("engine/x.py", "TABLE = 'message'\nx = column == 'message'"),
        ("engine/x.py", "match raw['type']:\n    case 'message': pass"),
        ("engine/x.py", "from flows.steps import KINDS"),
        ("engine/x.py", '"""Remembers what ask_text asked."""'),
        ("tests/flows/test_x.py", "KINDS['ask_text']"),
        ("web_editor/x.ts", "switch (frame.type) {\n  case 'message':"),
    ],
)
def test_a_word_that_is_no_kind_there_passes(path: str, text: str) -> None:
    assert not list(_names(snippet(path, text)))


_names = Names(["ask_text", "message"], ["telegram", "web"])
