"""Runs the benchmarks and writes docs/performance.md: `python -m tests.benchmarks.report [NAME ...]`.

Without names all of them, one after the other, which takes the better part of an hour; a name is a file's
without its `bench_`.  What begins with a dash goes to those that tell what they found as JSON, say
`--rounds=5`.  A section of the page that was not measured now stays as it is.
"""

import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import json

from tests.benchmarks.plot import plot
from tests.benchmarks.telling import Findings, lines

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs"
PAGE, PLOT = DOCS / "performance.md", DOCS / "performance.svg"
TELLING = ("end_to_end", "core", "latency", "workers", "servers")
"""Those that tell what they found as JSON too, and take `telling.options`."""
PLOTTED = ("end_to_end", "core")


def names() -> list[str]:
    """Every benchmark, ours first."""
    there = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    return [*TELLING, *(name for name in there if name not in TELLING)]


def measured(name: str, more: list[str]) -> tuple[str, Findings | None]:
    """A benchmark's section, and what it found if it tells that."""
    with TemporaryDirectory(prefix="botique-report-") as folder:
        out = Path(folder) / "found.json"
        own = ["--out", str(out), *more] if name in TELLING else []
        command = [sys.executable, "-m", f"tests.benchmarks.bench_{name}", *own]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        findings = json.decode(out.read_bytes(), type=Findings) if out.exists() else None
    sys.stdout.write(done.stdout)
    if findings is not None:
        return as_markdown(findings), findings
    said = "\n".join(line for line in done.stdout.splitlines() if not line.startswith("round "))
    return f"```\n{said.strip()}\n```", None


def as_markdown(findings: Findings) -> str:
    heading, *rows = lines(findings.middles)
    rounds = max(map(len, findings.runs.values()))
    shown = [
        f"Medians of {rounds} rounds; {findings.machine}.",
        "",
        "| " + " | ".join((heading.name, *heading.cells)) + " |",
        "|---" + "|--:" * len(heading.cells) + "|",
        *("| " + " | ".join((row.name, *row.cells)) + " |" for row in rows),
    ]
    if findings.bars:
        shown += ["", *(f"- {bar}" for bar in findings.bars)]
    return "\n".join(shown)


def with_section(page: str, name: str, text: str) -> str:
    """The page with what stands between the marks of this name replaced, or put at its end."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    section = f"{begin}\n{text}\n{end}"
    if begin not in page:
        return f"{page.rstrip()}\n\n### `bench_{name}`\n\n{section}\n"
    return re.sub(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: section, page, flags=re.DOTALL)


def main() -> int:
    asked = [word for word in sys.argv[1:] if not word.startswith("-")]
    more = [word for word in sys.argv[1:] if word.startswith("-")]
    found: dict[str, Findings] = {}
    for name in asked or names():
        section, findings = measured(name, more)
        PAGE.write_text(with_section(PAGE.read_text(), name, section))
        if findings is not None:
            found[name] = findings
    if all(name in found for name in PLOTTED):
        middles = {who: one for name in PLOTTED for who, one in found[name].middles.items()}
        PLOT.write_text(plot("Durable turns a second", {who: one.turns for who, one in middles.items()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
