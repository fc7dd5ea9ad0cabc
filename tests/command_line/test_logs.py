"""What a process says of itself, and what it never says."""

import json
import logging
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from engine import logs
from engine.settings import Settings

TOKEN = "123456789:AAExample-token_of_thirty-five-char"
BY_PATTERN = [
    f"POST https://api.telegram.org/bot{TOKEN}/sendMessage",
    "connecting to postgresql://shop:pa55-word@db:5432/botique",
    "Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    f"who is {'0f' * 32}",
    "GET https://graph.example/me?access_token=EAABsecret&fields=id",
    "signed with whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "Bad Request: provider token 381764678:TEST:100500 is invalid",
    "Bad Request: provider token 1744374395:LIVE:9f8e7d6c is invalid",
    "Incorrect API key provided: sk-proj-A1b2C3d4E5f6G7h8I9j0.",
    "cannot reach smtps://shop%40example:pa55-word@mail.example:465",
]
SECRETS = [
    *(TOKEN, "pa55-word", "c2lnbmF0dXJl", "0f" * 32, "EAABsecret"),
    *(
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        "100500",
        "9f8e7d6c",
        "A1b2C3d4E5f6G7h8I9j0",
        "pa55-word",
    ),
]


@pytest.fixture(autouse=True)
def _logs_of_the_tests() -> Iterator[None]:
    """They are as before afterwards."""
    root, handlers, level = logging.root, logging.root.handlers[:], logging.root.level
    yield
    structlog.reset_defaults()
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def told() -> StringIO:
    """What is logged, as JSON."""
    stream = StringIO()
    logs.set_up(Settings(log_format="json"), stream)
    return stream


@pytest.mark.parametrize(("text", "secret"), [*zip(BY_PATTERN, SECRETS, strict=True)])
def test_a_secret_is_masked_wherever_it_stands(text: str, secret: str, told: StringIO) -> None:
    log = structlog.get_logger()
    log.warning(text)
    log.warning("nested", request={"urls": [text]})
    logging.getLogger("a.library").warning("it says %s", text)
    try:
        raise ValueError(text)
    except ValueError:
        log.exception("failed")
    assert len(told.getvalue().splitlines()) == 4
    assert secret not in told.getvalue()
    assert logs.MASK in told.getvalue()


@pytest.mark.parametrize(
    "name", ["token", "password", "hook_secret", "credentials", "authorization", "x_api_key", "database_url"]
)
def test_what_is_named_like_a_secret_is_masked_whatever_it_is(name: str, told: StringIO) -> None:
    structlog.get_logger().warning("connect", given={name: "hunter2"}, **{name: ("hunter2",)})
    assert "hunter2" not in told.getvalue()


def test_what_is_no_secret_is_told(told: StringIO) -> None:
    structlog.get_logger().warning("not delivered", shop=1, bot=2, why="chat not found", at="12:30:00")
    line = json.loads(told.getvalue())
    assert {**line, "timestamp": ""} == {
        "event": "not delivered",
        "level": "warning",
        "logger": __name__,
        "shop": 1,
        "bot": 2,
        "why": "chat not found",
        "at": "12:30:00",
        "timestamp": "",
    }


def test_the_daily_news_of_libraries_is_left_out(told: StringIO) -> None:
    logging.getLogger("uvicorn.error").info("Started server process")
    logging.getLogger("uvicorn.error").error("it broke")
    assert [json.loads(line)["event"] for line in told.getvalue().splitlines()] == ["it broke"]


def test_a_library_that_was_set_up_before_us_writes_nothing_past_us() -> None:
    library, past, ours = logging.getLogger("uvicorn"), StringIO(), StringIO()
    library.addHandler(logging.StreamHandler(past))
    library.propagate = False
    logs.set_up(Settings(log_format="json"), ours)
    library.error(f"bot{TOKEN}")
    assert past.getvalue() == ""
    assert len(ours.getvalue().splitlines()) == 1
    assert TOKEN not in ours.getvalue()


@given(st.dictionaries(st.text(max_size=8), st.recursive(st.text() | st.integers() | st.none(), st.lists)))
def test_nothing_that_is_logged_breaks_the_logging(event: dict[str, object]) -> None:
    redacted = logs.redact(None, "info", event)
    assert redacted.keys() == event.keys()
