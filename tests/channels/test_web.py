"""The chat on a web site: where it may stand, and how it looks."""

import pytest
from pydantic import ValidationError

from channels.kinds import channel_class

Settings = channel_class("web").Credentials


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://shop.example", "https://shop.example"),
        (" HTTPS://Shop.Example/ ", "https://shop.example"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_a_site_is_kept_as_browsers_name_it(written: str, origin: str) -> None:
    assert Settings.model_validate({"origins": [written]}).model_dump()["origins"] == (origin,)


@pytest.mark.parametrize(
    "written",
    ["", "*", "null", "shop.example", "https://shop.example/page", "https://a.b\nhttps://c.d", "file:///x"],
)
def test_what_is_no_site_is_refused(written: str) -> None:
    with pytest.raises(ValidationError, match="a site is written like"):
        Settings.model_validate({"origins": [written]})


def test_a_chat_needs_no_settings_to_look_well() -> None:
    bare = Settings.model_validate({}).model_dump()
    assert bare["origins"] == ()
    assert bare["colour"].startswith("#")


@pytest.mark.parametrize("colour", ["red", "#12345", "#1234567", "#12345g", "url(x)"])
def test_a_colour_is_six_digits(colour: str) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"colour": colour})
