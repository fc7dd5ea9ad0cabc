"""How long the rules take: `python -m tests.benchmarks.bench_rules`.

Bars (issue 2): a flow of 1,000 steps in less than 150 ms, one of 10,000 in less than 2 s, each with a
thousand different templates that are read for the first time.
"""

import sys
from time import perf_counter
from typing import Any

from flows.document import Flow
from flows.rules import Room, problems
from flows.steps import KINDS

BARS = {1_000: 0.150, 10_000: 2.0}
TEMPLATES = 1_000
"""The steps before this one have a thousand templates between them."""
ROOMS = (Room("Telegram", 4096, 100, 64, "utf16"), Room("WhatsApp", 1024, 10, 40), Room("SMS", 1000, 0, 0))


def _step(n: int, count: int, run: str) -> dict[str, Any]:
    def link(ahead: int) -> dict[str, str]:
        return {"go": "forward", "to": f"s{n + ahead}"} if n + ahead < count else {"go": "restart"}

    if n % 5 == 1:
        by_tag = {"conditions": [{"what": "tag", "tag": "new"}], "link": link(1)}
        return {"id": f"s{n}", "kind": "condition", "groups": [by_tag], "otherwise": link(2)}
    name = f"{{{{ name }}}}, {run}, {n}" if n < TEMPLATES else f"my friend, {n}"
    if n % 10 == 3:
        return {"id": f"s{n}", "kind": "message", "text": f"Well, {name}", "next": link(1)}
    last = f"Back for {name}" if n % 5 == 0 else "Back"
    items = [{"label": f"Choice {m}", "link": link(m)} for m in range(1, 3 + n % 2)]
    menu = [*items, {"label": last, "link": {"go": "back"}}]
    return {"id": f"s{n}", "kind": "message", "text": f"Hello, {name}", "menu": menu}


def flow(count: int, run: str) -> Flow:
    """Messages with menus of three or four, now and then a condition or a plain word; no two runs alike."""
    steps = [_step(n, count, run) for n in range(count)]
    return Flow.model_validate({"key": "main", "name": "Main", "start": "s0", "steps": steps})


def main() -> int:
    out, slow = sys.stdout, False
    out.write(f"rules over {len(KINDS)} kinds of steps\n")
    for count, bar in BARS.items():
        times = []
        for n in range(5):
            drawn = flow(count, f"run {n}")
            began = perf_counter()
            found = problems(drawn, {}, ROOMS)
            times.append(perf_counter() - began)
            assert not found, found[:3]
        best, middle = min(times), sorted(times)[len(times) // 2]
        slow |= middle > bar
        out.write(f"{count:>6} steps: {middle:.3f} s (best {best:.3f} s, bar {bar} s)\n")
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
