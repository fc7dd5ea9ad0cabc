"""The own PostgreSQL starts in any folder, survives whatever was before, and is shared."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from engine.embedded import Cluster, NotStarted, embedded

HASTE = {"fsync": "off"}
OTHER = """
import sys
from pathlib import Path
from engine.embedded import embedded
with embedded(Path(sys.argv[1]), {"fsync": "off"}) as dsn:
    sys.stdout.write(dsn + chr(10))
    sys.stdout.flush()
    sys.stdin.read()
"""


async def asked(dsn: str, question: str = "SELECT 1") -> object:
    connection = await asyncpg.connect(dsn, timeout=5)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def answers(dsn: str) -> bool:
    try:
        return await asked(dsn) == 1
    except OSError:
        return False


def pid(folder: Path) -> int:
    return int((folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def other_process(folder: Path) -> subprocess.Popen[str]:
    """Another process that uses the server of the folder until its input ends."""
    command = [sys.executable, "-c", OTHER, str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("postgresql://")
    return process


def end(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.stdout.close()
    assert process.wait(30) in (0, -signal.SIGKILL)


async def test_what_was_stored_is_there_at_the_next_start(folder: Path) -> None:
    with embedded(folder, HASTE) as dsn:
        await asked(dsn, "CREATE TABLE kept AS SELECT 42 AS answer")
    assert not await answers(dsn)
    with embedded(folder, HASTE) as dsn:
        assert await asked(dsn, "SELECT answer FROM kept") == 42


async def test_it_is_tuned_and_knows_letters_of_every_language(folder: Path) -> None:
    with embedded(folder, HASTE) as dsn:
        assert await asked(dsn, "SHOW jit") == "off"
        assert await asked(dsn, "SHOW fsync") == "off"
        assert await asked(dsn, "SHOW max_connections") == "60"
        assert await asked(dsn, "SHOW timezone") == "UTC"
        assert await asked(dsn, "SHOW listen_addresses") == ""
        assert await asked(dsn, "SELECT lower('ПРИВЕТ') || upper('ß')") == "приветß"


async def test_nobody_else_on_the_machine_can_open_it(folder: Path) -> None:
    with embedded(folder, HASTE):
        cluster = folder / "postgres"
        assert stat.S_IMODE(cluster.stat().st_mode) == 0o700
        assert stat.S_IMODE((cluster / ".s.PGSQL.5432").stat().st_mode) == 0o700


async def test_a_folder_with_a_long_and_odd_name_will_do(folder: Path) -> None:
    deep = folder.joinpath(*["a folder; with 'odd' $NAMES & more"] * 4, "ключ")
    with embedded(deep, HASTE) as dsn:
        assert await asked(dsn) == 1


async def test_a_server_that_was_killed_is_started_again(folder: Path) -> None:
    with embedded(folder, HASTE) as dsn:
        await asked(dsn, "CREATE TABLE kept AS SELECT 42 AS answer")
        Cluster(folder / "postgres").stop()
    stale = folder / "postgres" / "postmaster.pid"
    # As a crash leaves it, its number taken over by a living process of somebody else.
    stale.write_text(f"{os.getpid()}\n{folder}/postgres\n1700000000\n5432\n{folder}\n\n  0 0\nready\n")
    with embedded(folder, HASTE) as dsn:
        assert await asked(dsn, "SELECT answer FROM kept") == 42


@pytest.mark.parametrize("rubbish", ["", "rubbish\n", "999999999\n"])
async def test_a_broken_note_of_an_earlier_server_is_no_obstacle(folder: Path, rubbish: str) -> None:
    with embedded(folder, HASTE):
        pass
    (folder / "postgres" / "postmaster.pid").write_text(rubbish)
    with embedded(folder, HASTE) as dsn:
        assert await asked(dsn) == 1


async def test_a_first_start_broken_off_is_begun_anew(folder: Path) -> None:
    (folder / "postgres.new" / "base").mkdir(parents=True)
    (folder / "postgres.new" / "PG_VERSION").write_text("18\n")
    with embedded(folder, HASTE) as dsn:
        assert await asked(dsn) == 1


async def test_processes_with_one_folder_share_one_server_until_the_last_leaves(folder: Path) -> None:
    process = other_process(folder)
    try:
        with embedded(folder, HASTE) as dsn:
            server = pid(folder)
            assert await asked(dsn) == 1
        assert await asked(dsn) == 1
        assert pid(folder) == server
    finally:
        end(process)
    assert not await answers(dsn)


async def test_a_process_that_was_killed_is_not_counted(folder: Path) -> None:
    process = other_process(folder)
    server = pid(folder)
    process.kill()
    end(process)
    with embedded(folder, HASTE) as dsn:
        assert pid(folder) == server
        assert await asked(dsn) == 1
    assert not await answers(dsn)


def test_files_of_an_unknown_version_are_left_alone(folder: Path) -> None:
    (folder / "postgres").mkdir(parents=True)
    (folder / "postgres" / "PG_VERSION").write_text("9\n")
    with pytest.raises(NotStarted, match="PostgreSQL 9"), embedded(folder):
        pass


def test_what_keeps_it_from_starting_is_said(folder: Path) -> None:
    with pytest.raises(NotStarted, match="no_such_setting"), embedded(folder, {"no_such_setting": "1"}):
        pass
    with embedded(folder, HASTE):
        pass
