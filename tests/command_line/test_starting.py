"""What keeps a server from starting is told in a sentence that says what to do."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from tests.command_line.program import ROOT, Program, free_port, servers_in


@pytest.mark.parametrize("command", ["demo", "migrate"])
def test_a_database_that_does_not_answer_is_named_without_its_password(command: str, folder: Path) -> None:
    dead = f"postgresql://me:pa55-word@127.0.0.1:{free_port()}/shop"
    said = Program(folder, DATABASE_URL=dead, PORT=str(free_port()))(command)
    assert said.code == 1
    assert dead.partition("@")[2] in said.err
    assert "DATABASE_URL" in said.err
    assert "pa55-word" not in said.err + said.out
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("given", "mark"),
    [
        ({"DATABASE_URL": "mysql://me:pa55-word@db/shop"}, "postgresql://"),
        ({"PORT": "eighty"}, "PORT"),
        ({"BOTIQUE_LOG_LEVEL": "loud"}, "LOG_LEVEL"),
        ({"BOTIQUE_SECRET_KEYS": "pa55-word"}, "SECRET_KEYS"),
    ],
)
def test_a_setting_that_cannot_be_taken_is_named_and_not_repeated(
    given: dict[str, str], mark: str, folder: Path
) -> None:
    said = Program(folder, **given)("serve")
    assert said.code == 2
    assert mark in said.err
    assert "pa55-word" not in said.err
    assert "Traceback" not in said.err


def test_a_port_that_is_taken_is_told_before_anything_is_started(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = Program(folder)("serve", "--port", str(port))
    assert said.code == 1
    assert f"port {port}" in said.err
    assert "--port" in said.err
    assert not folder.exists()


def test_a_folder_that_is_a_file_is_told(folder: Path) -> None:
    folder.write_text("")
    said = Program(folder)("migrate")
    assert said.code == 1
    assert "BOTIQUE_FOLDER" in said.err
    assert "Traceback" not in said.err


def test_files_of_another_postgresql_are_told(folder: Path) -> None:
    (folder / "postgres").mkdir(parents=True)
    (folder / "postgres" / "PG_VERSION").write_text("9\n")
    said = Program(folder)("migrate")
    assert said.code == 1
    assert "PostgreSQL 9" in said.err
    assert "Traceback" not in said.err


async def test_tables_of_a_later_version_are_told(dsn: str, folder: Path) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute("UPDATE alembic_version SET version_num = 'ffffffffffff'")
    await connection.close()
    said = Program(folder, DATABASE_URL=dsn)("migrate")
    assert said.code == 1
    assert "later version" in said.err
    assert "Traceback" not in said.err


def test_a_signal_while_the_database_is_being_made_leaves_nothing_behind(folder: Path) -> None:
    with Program(folder, PORT=str(free_port())).started("serve") as serving:
        while not (folder / "postgres.lock").exists():
            assert serving.runs
        said = serving.told(signal.SIGTERM)
    assert said.code == 130
    assert "Traceback" not in said.err
    assert not servers_in(folder)


def test_a_worker_shares_the_database_of_a_server_and_ends_alone(folder: Path) -> None:
    program = Program(folder, PORT=str(free_port()))
    with program.started("serve", "--no-work") as serving, program.started("worker") as worker:
        serving.until("answers on")
        worker.until("works")
        assert worker.told(signal.SIGTERM).code == 0
        assert servers_in(folder)
        assert serving.told(signal.SIGTERM).code == 0
    assert not servers_in(folder)


def test_a_library_that_takes_seconds_to_import_is_not_imported_to_start() -> None:
    loading = "import sys, constructor_api.serving; from channels.kinds import KINDS, channel_class"
    heavy = "_ = [channel_class(kind) for kind in KINDS]; print('aiogram' in sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", f"{loading}; {heavy}"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said.stdout == "False\n"
