"""What is served: pages that allow only our own scripts, files that are kept as long as they may be."""

import re
from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
import yaml

from tests.web.stand_in import StandIn, standing_in
from web_editor import pages

HERE = Path(pages.__file__).parent
LANGUAGES = ("en", "es", "ru")
CATALOGUE: dict[str, dict[str, str]] = yaml.safe_load((HERE / "words.yaml").read_text("utf-8"))
SCRIPTS = "\n".join(path.read_text("utf-8") for path in sorted((HERE / "chat").glob("*.js")))
PAIRS = [
    ("--ink", "--surface", 7),
    ("--ink", "--sunken", 7),
    ("--ink", "--canvas", 7),
    ("--ink-soft", "--surface", 4.5),
    ("--ink-soft", "--sunken", 4.5),
    ("--on-accent", "--accent", 4.5),
    ("--accent-ink", "--surface", 4.5),
    ("--accent-ink", "--sunken", 4.5),
    ("--good", "--surface", 4.5),
    ("--bad", "--surface", 4.5),
    ("--bad", "--bad-soft", 4.5),
    ("--warn", "--warn-soft", 4.5),
    ("--on-alert", "--alert", 4.5),
    ("--line-strong", "--surface", 3),
]


@pytest.mark.parametrize(("key", "language"), list(product(CATALOGUE, LANGUAGES)))
def test_no_word_is_missing_in_any_language(key: str, language: str) -> None:
    assert CATALOGUE[key].get(language, "").strip()


@pytest.mark.parametrize("key", CATALOGUE)
def test_a_word_has_the_same_holes_in_every_language(key: str) -> None:
    assert len({frozenset(re.findall(r"\{(\w+)\}", text)) for text in CATALOGUE[key].values()}) == 1


def test_the_scripts_say_every_word_of_the_catalogue_and_no_other() -> None:
    said = set(re.findall(r"""\bt\("(\w+)\"""", SCRIPTS))
    # Words that are handed on by name stand in quotes as well; those of a full page end in its two parts.
    quoted = set(re.findall(r'"(\w+)"', SCRIPTS))
    full = {f"{what}_{part}" for what in re.findall(r'full\("(\w+)"', SCRIPTS) for part in ("title", "text")}
    assert said <= set(CATALOGUE) <= quoted | full


def tokens(dark: bool) -> dict[str, str]:
    css = (HERE / "chat" / "tokens.css").read_text("utf-8")
    light, _, rest = css.partition("@media (prefers-color-scheme: dark)")
    found = dict(re.findall(r"(--[\w-]+): (#[0-9a-f]{6});", light))
    return found | (dict(re.findall(r"(--[\w-]+): (#[0-9a-f]{6});", rest)) if dark else {})


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    r, g, b = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("ink", "page", "least"), PAIRS)
def test_what_is_written_can_be_read_in_both_themes(ink: str, page: str, least: float, dark: bool) -> None:
    colours = tokens(dark)
    low, high = sorted((luminance(colours[ink]), luminance(colours[page])))
    assert (high + 0.05) / (low + 0.05) >= least


def test_colours_are_named_in_one_place() -> None:
    named = {
        path.name
        for path in (HERE / "chat").glob("*.css")
        if re.search(r"#[0-9a-f]{3,8}\b", path.read_text())
    }
    assert named == {"tokens.css"}


@pytest_asyncio.fixture(loop_scope="session")
async def site(door: StandIn) -> AsyncIterator[str]:
    async with standing_in(door) as address:
        yield address


@pytest_asyncio.fixture(loop_scope="session")
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.mark.asyncio(loop_scope="session")
async def test_the_page_runs_nothing_but_our_files(
    site: str, client: aiohttp.ClientSession, door: StandIn
) -> None:
    door.origins = ("https://shop.example",)
    async with client.get(f"{site}/chat/1/2/") as answer:
        text, headers = await answer.text(), answer.headers
    rules = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert rules["frame-ancestors"] == "'self' https://shop.example"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"]
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\bstyle=", text)


@pytest.mark.asyncio(loop_scope="session")
async def test_files_are_kept_for_ever_under_their_version_and_asked_for_anew_elsewhere(
    site: str, client: aiohttp.ClientSession
) -> None:
    async with client.get(f"{site}/chat/1/2/") as answer:
        named = re.findall(r'(?:href|src)="(/assets/[^"]+)"', await answer.text())
    assert named
    for path in named:
        async with client.get(site + path) as answer:
            assert (answer.status, "immutable" in answer.headers["cache-control"]) == (200, True)
    async with client.get(f"{site}/assets/chat/latest/launcher.js") as answer:
        assert answer.headers["cache-control"] == "no-cache"
        etag = answer.headers["etag"]
    async with client.get(
        f"{site}/assets/chat/latest/launcher.js", headers={"If-None-Match": etag}
    ) as answer:
        assert answer.status == 304


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(
    "path",
    [
        "/assets/chat/latest/nothing.js",
        "/assets/chat/latest/..%2f..%2fpages.py",
        "/assets/chat/latest/%2e%2e/pages.py",
        "/assets/chat/latest/",
    ],
)
async def test_there_is_no_other_file(site: str, client: aiohttp.ClientSession, path: str) -> None:
    async with client.get(site + path) as answer:
        assert answer.status == 404
