"""`botique flow validate`: all that is wrong, where it is, and an exit code for scripts."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.command_line.program import STARTERS, Program, Said

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "flawed.yaml").read_text())
SOUND = "{key: sound, name: Sound, start: a, steps: [{id: a, kind: message, text: A}]}"
UNREACHED = SOUND.replace("text: A}", "text: A}, {id: b, kind: message, text: B}")


def content(case: dict[str, Any]) -> bytes:
    if "bytes" in case:
        return bytes.fromhex(case["bytes"])
    return (case["repeat"] * 100_000 if "repeat" in case else case["text"]).encode()


@pytest.fixture(scope="module")
def flawed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Said]:
    """A folder with every flawed file, and what is said of it."""
    folder = tmp_path_factory.mktemp("flawed")
    for case in CASES:
        (folder / f"{case['title']}.yaml").write_bytes(content(case))
    return folder, Program(folder / "unused")("flow", "validate", folder)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_a_flaw_is_told_with_its_file_and_place(case: dict[str, Any], flawed: tuple[Path, Said]) -> None:
    folder, said = flawed
    file = folder / f"{case['title']}.yaml"
    told = "\n".join(line for line in said.out.splitlines() if line.startswith(f"{file}: "))
    for mark in case["says"]:
        assert mark in told


def test_flaws_end_with_a_count_and_an_exit_code_and_never_a_traceback(flawed: tuple[Path, Said]) -> None:
    _, said = flawed
    assert said.code == 1
    assert "errors" in said.err
    assert "Traceback" not in said.err


LONG = "{key: long, name: Long, start: a, steps: [{id: a, kind: message, text: " + "x" * 5000 + "}]}"


@pytest.mark.parametrize(
    ("channels", "told"),
    [
        ([], ""),
        (["web"], ""),
        (["telegram"], "too long for Telegram: at most 4096"),
        (["web", "telegram"], "too long for Telegram: at most 4096"),
    ],
)
def test_a_text_is_held_against_the_channels_that_are_named(
    channels: list[str], told: str, botique: Program, tmp_path: Path
) -> None:
    file = tmp_path / "long.yaml"
    file.write_text(LONG)
    said = botique("flow", "validate", file, *(part for kind in channels for part in ("--channel", kind)))
    assert said.code == 0
    assert told in said.out
    assert bool(told) == ("warning: a.text: " in said.out)


def test_a_channel_that_there_is_not_is_told_with_those_there_are(botique: Program) -> None:
    said = botique("flow", "validate", STARTERS, "--channel", "pigeon")
    assert (said.code, said.out) == (2, "")
    assert "No channel of kind «pigeon»; there are echo" in said.err


def test_the_starters_are_sound(botique: Program) -> None:
    said = botique("flow", "validate", STARTERS)
    count = len(list(STARTERS.glob("*.yaml")))
    assert said == Said(0, "", f"{count} flows read: no errors, no warnings.\n")


def test_a_warning_is_told_and_ends_well(botique: Program, tmp_path: Path) -> None:
    file = tmp_path / "sound.yaml"
    file.write_text(UNREACHED)
    said = botique("flow", "validate", file)
    assert said.code == 0
    assert f"{file}: warning: b" in said.out


def test_a_check_that_fails_is_told_on_a_line(botique: Program, tmp_path: Path) -> None:
    file = tmp_path / "checked.yaml"
    talk = '[{runs: sound, bot: ["One\\nTwo"]}]'
    file.write_text(SOUND.replace("steps:", f"checks: [{{title: Greeting, talk: {talk}}}], steps:"))
    said = botique("flow", "validate", file)
    assert said.code == 1
    (line,) = said.out.splitlines()
    assert line == (
        f"{file}: error: checks.0.talk.0.bot.0.says: The check «Greeting» fails at its exchange 1, where the "
        "flow is run: the bot should say «One ↵ Two», and says «A». Mend the flow, or the check."
    )


def test_two_files_with_one_key_are_told_apart(botique: Program, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(SOUND)
    said = botique("flow", "validate", tmp_path)
    assert said.code == 1
    assert "two.yaml: error: key: " in said.out


@pytest.mark.parametrize("name", ["missing.yaml", "nothing"])
def test_what_cannot_be_opened_is_told_in_a_sentence(name: str, botique: Program, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    said = botique("flow", "validate", tmp_path / name)
    assert (said.code, said.out) == (1, "")
    assert str(tmp_path / name) in said.err
    assert "Traceback" not in said.err
