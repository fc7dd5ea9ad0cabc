"""Nothing needs to be set; what is set wrong is said at the start, and never with a secret in it."""

from base64 import b64encode
from pathlib import Path

import pytest
from pydantic import ValidationError

from channels.kinds import channel_class
from engine.settings import Settings
from flows.effects import Send

KEY, OTHER = b"k" * 32, b"o" * 32


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "BOTIQUE_DATABASE_URL", "PORT", "BOTIQUE_PORT", "BOTIQUE_FOLDER"):
        monkeypatch.delenv(name, raising=False)


def test_nothing_needs_to_be_set(tmp_path: Path) -> None:
    settings = Settings(folder=tmp_path)
    assert settings.embedded
    assert not settings.webhooks
    assert settings.port == 8000
    assert len(settings.keys()) == 1
    assert settings.keys() == Settings(folder=tmp_path).keys()


@pytest.mark.parametrize(
    ("name", "value", "field", "found"),
    [
        ("PORT", "9000", "port", 9000),
        ("BOTIQUE_PORT", "9001", "port", 9001),
        ("BOTIQUE_HOST", "0.0.0.0", "host", "0.0.0.0"),
        ("BOTIQUE_FOLDER", "/srv/shop", "folder", Path("/srv/shop")),
        ("BOTIQUE_LOG_FORMAT", "json", "log_format", "json"),
        ("BOTIQUE_PUBLIC_URL", "", "public_url", None),
    ],
)
def test_the_environment_is_read(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, field: str, found: object
) -> None:
    monkeypatch.setenv(name, value)
    assert getattr(Settings(), field) == found


@pytest.mark.parametrize("name", ["DATABASE_URL", "BOTIQUE_DATABASE_URL"])
@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_a_database_address_is_taken_as_others_write_it(
    monkeypatch: pytest.MonkeyPatch, name: str, scheme: str
) -> None:
    monkeypatch.setenv(name, f"{scheme}://shop:hunter2@db/shop?host=/run/postgresql")
    settings = Settings()
    assert not settings.embedded
    assert settings.database_url is not None
    found = settings.database_url.get_secret_value()
    assert found == "postgresql://shop:hunter2@db/shop?host=/run/postgresql"


def test_our_own_name_wins_over_a_plain_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "1")
    monkeypatch.setenv("BOTIQUE_PORT", "2")
    assert Settings().port == 2


def test_several_keys_are_divided_by_commas_and_the_first_seals(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [b64encode(KEY).decode(), b64encode(OTHER).decode()]
    monkeypatch.setenv("BOTIQUE_SECRET_KEYS", ", ".join(keys))
    assert Settings().keys() == [KEY, OTHER]


@pytest.mark.parametrize(
    ("url", "webhooks"), [("https://shop.example", True), ("http://localhost:8000", False)]
)
def test_webhooks_are_used_where_messengers_can_reach_us(
    monkeypatch: pytest.MonkeyPatch, url: str, webhooks: bool
) -> None:
    monkeypatch.setenv("BOTIQUE_PUBLIC_URL", url)
    assert Settings().webhooks is webhooks


def test_a_channels_address_can_be_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOTIQUE_CHANNEL_URLS", '{"echo": "http://127.0.0.1:9999"}')
    assert str(Settings().channel_urls["echo"]).startswith("http://127.0.0.1:9999")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://shop:hunter2@db/shop"),
        ("DATABASE_URL", "hunter2"),
        ("BOTIQUE_SECRET_KEYS", "hunter2"),
        ("PORT", "0"),
        ("PORT", "hunter2"),
        ("BOTIQUE_LOG_LEVEL", "hunter2"),
        ("BOTIQUE_SMTP_URL", "hunter2"),
        ("BOTIQUE_SMTP_URL", "http://shop:hunter2@mail.example"),
        ("BOTIQUE_SMTP_URL", "smtp://shop:hunter2@mail.example"),  # from nobody
        ("BOTIQUE_SMTP_FROM", "hunter2"),
    ],
)
def test_what_is_set_wrong_is_refused_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert "hunter2" not in str(caught.value)


def test_secrets_do_not_show_in_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    key = b64encode(KEY).decode()
    monkeypatch.setenv("DATABASE_URL", "postgresql://shop:hunter2@db/shop")
    monkeypatch.setenv("BOTIQUE_SECRET_KEYS", key)
    monkeypatch.setenv("BOTIQUE_SMTP_URL", "smtp://shop:hunter2@mail.example")
    monkeypatch.setenv("BOTIQUE_SMTP_FROM", "bot@shop.example")
    shown = f"{Settings()!r} {Settings()} {Settings().model_dump_json()}"
    assert "hunter2" not in shown
    assert key not in shown


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://bots.example", "https://bots.example"),
        ("https://bots.example/", "https://bots.example"),
        ("https://bots.example:8443/shop/", "https://bots.example:8443/shop"),
    ],
)
def test_a_path_is_put_behind_our_address_with_one_slash(url: str, address: str) -> None:
    assert Settings(public_url=url).public_address == address


@pytest.mark.parametrize("url", ["https://bots.example/?shop=1", "https://bots.example/#top"])
def test_an_address_that_no_path_can_be_put_behind_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="paths are put behind"):
        Settings(public_url=url)
    with pytest.raises(ValidationError, match="paths are put behind"):
        Settings(channel_urls={"telegram": url})


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8081", "http://127.0.0.1:8081/", "http://127.0.0.1:8081/tg/"]
)
def test_the_calls_of_a_channel_are_put_behind_its_address_with_one_slash(url: str) -> None:
    given = Settings(channel_urls={"telegram": url}).channel_urls["telegram"]
    channel = channel_class("telegram")(str(given))
    credentials = channel.Credentials.model_validate({"token": "42:TEST"})
    (request,) = channel.render(credentials, "7", Send("Hello"))
    assert request.url == f"{url.rstrip('/')}/bot42:TEST/sendMessage"
