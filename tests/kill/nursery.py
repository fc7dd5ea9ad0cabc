"""Brings forth `botique` processes: forked from one that has everything loaded, a start costs little.

`python -m tests.kill.nursery`.  Takes a line of JSON for each birth and says in lines of JSON who was born
and who died.  When nobody feeds it any more, it ends with all its children.
"""

import json
import os
import random
import select
import signal
import sys
from typing import Any, NoReturn

from constructor_api import command_line, serving
from engine import failpoints

PAUSE = 0.02


def main() -> None:
    children: set[int] = set()
    say(ready=serving.__name__)
    while True:
        if select.select([0], [], [], PAUSE)[0]:
            line = sys.stdin.buffer.readline()
            if not line:
                break
            asked = json.loads(line)
            pid = os.fork()
            if not pid:
                live(asked)
            children.add(pid)
            say(birth=asked["birth"], pid=pid)
        tell_of_deaths(children)
    for pid in children:
        os.kill(pid, signal.SIGKILL)


def tell_of_deaths(children: set[int]) -> None:
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        children.discard(pid)
        say(dead=pid, code=os.waitstatus_to_exitcode(status))


def say(**words: Any) -> None:
    os.write(1, json.dumps(words).encode() + b"\n")


def live(asked: dict[str, Any]) -> NoReturn:
    code = 1
    try:
        log = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for stream, to in ((0, os.open(os.devnull, os.O_RDONLY)), (1, log), (2, log)):
            os.dup2(to, stream)
        os.environ.clear()
        os.environ.update(asked["environment"])
        random.seed()
        failpoints.arm(os.environ)
        sys.argv = ["botique", *asked["arguments"]]
        command_line.main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # outermost: a child must not go on as its mother
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
