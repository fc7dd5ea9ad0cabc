"""What is installed is what was locked, from wherever it comes: hashes, and no addresses."""

import re
import tomllib
from collections.abc import Iterator

import pytest
from packaging.requirements import Requirement

from tests.house.tree import ROOT, Source, assert_held, snippet, sources

LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-bench.lock")
PIN = re.compile(r"^([a-z0-9][a-z0-9.-]*)(?:\[[a-z0-9,-]+\])?==([^ ;]+)(?: ; [^\\]+)? \\$")
# Written in pieces, so that this file does not name what it looks for.
HOSTS = re.compile(
    r"\b(?:py" r"pi\.org|pythonhost" r"ed\.org|np" r"mjs\.(?:org|com)|yarn" r"pkg\.com|cra" r"tes\.io"
    r"|ruby" r"gems\.org|proxy\.gol" r"ang\.org)\b|/registry\.[a-z]"
)  # fmt: skip


def loose(source: Source) -> Iterator[str]:
    """Lines of a lock that are neither a pin with its hashes nor a comment."""
    lines = source.text.splitlines()
    for number, line in enumerate(lines, 1):
        following = lines[number] if number < len(lines) else ""
        if "://" in line:
            yield f"{number}: holds an address"
        elif not line.startswith(("    --hash=sha256:", "    # ")) and not PIN.match(line):
            yield f"{number}: is no pin"
        elif PIN.match(line) and not following.startswith("    --hash=sha256:"):
            yield f"{number}: has no hash"


def named_hosts(source: Source) -> Iterator[str]:
    for number, line in enumerate(source.text.splitlines(), 1):
        if HOSTS.search(line):
            yield f"{number}: names a package registry"


def pins(text: str) -> dict[str, str]:
    return {found[1]: found[2] for line in text.splitlines() if (found := PIN.match(line))}


def _lock(name: str) -> dict[str, str]:
    return pins((ROOT / name).read_text())


def _unmet(wanted: list[str], lock: dict[str, str]) -> list[str]:
    required = [Requirement(line) for line in wanted]
    return [str(r) for r in required if not r.specifier.contains(lock.get(_plain(r.name), "0.dev0"))]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_locked_package_has_hashes_and_no_address() -> None:
    assert_held(loose, [source for source in sources() if source.path in LOCKS])
    assert all(_lock(name) for name in LOCKS)


def test_no_file_names_a_package_registry() -> None:
    assert_held(named_hosts, sources())


def test_the_locks_answer_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    assert not _unmet(asked, _lock("requirements.lock"))
    groups = project["dependency-groups"]
    assert not _unmet([*asked, *groups["dev"]], _lock("requirements-dev.lock"))
    assert not _unmet(groups["bench"], _lock("requirements-bench.lock"))


def test_work_and_production_run_the_same_versions() -> None:
    runtime, dev = _lock("requirements.lock"), _lock("requirements-dev.lock")
    assert runtime.items() <= dev.items()


def test_what_is_measured_against_us_has_our_versions_of_what_we_share() -> None:
    ours, bench = _lock("requirements-dev.lock"), _lock("requirements-bench.lock")
    assert all(ours.get(name, version) == version for name, version in bench.items())


def test_installing_the_installer_is_locked_too() -> None:
    assert "uv" in _lock("requirements.lock")


@pytest.mark.parametrize(
    "line",
    [
        "aiohttp>=3.14",
        "aiohttp==3.14.0",
        "aiohttp @ https" "://example.com/aiohttp.whl",
        "--find-links wheels",
        "-r other.txt",
        "aiohttp==3.14.0 \\\n    # via botique",
        "aiohttp==3.14.0 \\\n    --hash=md5:0",
    ],
)  # fmt: skip
def test_a_loose_line_is_found(line: str) -> None:
    assert list(loose(snippet("requirements.lock", line)))


def test_a_pin_with_its_hash_passes() -> None:
    text = "uvloop==0.23.0 ; sys_platform != 'win32' \\\n    --hash=sha256:03\n    # via botique"
    lock = Source("requirements.lock", text)
    assert not list(loose(lock))
    assert pins(text) == {"uvloop": "0.23.0"}


@pytest.mark.parametrize(
    "host", ["py" "pi.org", "files.pythonhost" "ed.org", "registry.np" "mjs.org", "registry" ".example.com"]
)  # fmt: skip
def test_a_registry_is_found(host: str) -> None:
    assert list(named_hosts(snippet("README.md", f"see https://{host}/simple/")))


def test_a_version_that_the_lock_lacks_is_found() -> None:
    assert _unmet(["Aio_HTTP>=3.14", "rich>=15"], {"aiohttp": "9", "rich": "14.2"}) == [
        "Aio_HTTP>=3.14",
        "rich>=15",
    ]
    assert not _unmet(["Rich>=15"], {"rich": "15.0.1"})
