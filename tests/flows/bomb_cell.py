"""A process of its own in which bombs go off: python bomb_cell.py < bombs.json > one line a bomb.

Each bomb has 32 MB of memory beyond what it is made of, and at most two seconds of processor time
until the kernel ends the process: a fault of ours cannot hang the suite.
"""

import gc
import json
import resource
import sys
from pathlib import Path
from typing import Any

from flows.templates.rendering import TemplateFault, check, check_expression, evaluate, render
from flows.yaml_text import YamlFault, load
from tests.flows.text_cases import grown

MEMORY = 32 * 2**20
SECONDS = 2


def main() -> None:
    for bomb in json.load(sys.stdin):
        ready = {key: grown(piece) for key, piece in bomb.items()}
        gc.collect()
        sys.stdout.write(json.dumps([bomb["name"], _contained(ready)]) + "\n")
        sys.stdout.flush()


def _contained(bomb: dict[str, Any]) -> str:
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_AS, (_mapped() + MEMORY, resource.RLIM_INFINITY))
    try:
        return _set_off(bomb)
    except MemoryError:
        return "out of memory"
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _set_off(bomb: dict[str, Any]) -> str:
    try:
        if "yaml" in bomb:
            load(bomb["yaml"])
        elif "expression" in bomb:
            check_expression(bomb["expression"])
            evaluate(bomb["expression"], bomb.get("values", {}))
        else:
            check(bomb["source"])
            render(bomb["source"], bomb.get("values", {}))
    except (TemplateFault, YamlFault):
        return "fault"
    return "text"


def _mapped() -> int:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    return pages * resource.getpagesize()


if __name__ == "__main__":
    main()
