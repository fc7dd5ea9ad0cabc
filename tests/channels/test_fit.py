"""A message in a messenger that cannot show all of it: cut, moved, listed, and nothing lost unsaid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from channels.base import Limits
from channels.fit import fit
from channels.split import measure
from flows.effects import Button, Media, Send, Template

ROOMY = Limits(text=100, caption=20, buttons=10, label=20, links=True, requests=frozenset({"phone"}))
BARE = Limits(text=100, caption=0, media=frozenset())
PICTURE = Media("image", "https://shop.example/1.jpg")
FILE = Media("file", "https://shop.example/bill.pdf", "bill.pdf")
VIDEO = Media("video", "https://shop.example/2.mp4")
SOUND = Media("audio", "https://shop.example/3.mp3")
GROUPS = ROOMY._replace(album=3)
ORDER, BACK = Button("1", "Order"), Button("2", "Back")
SITE = Button("3", "Site", "url", "https://shop.example")
PHONE = Button("4", "Share", "phone")


def shape(message: Send, limits: Limits) -> list[tuple[str, list[str], list[str]]]:
    """Of each message its text, the kinds of its media, the labels of its buttons."""
    return [
        (part.text, [one.kind for one in part.media], [one.label for one in part.buttons])
        for part in fit(message, limits).messages
    ]


def lost(message: Send, limits: Limits) -> list[str]:
    return [loss.what for loss in fit(message, limits).losses]


@pytest.mark.parametrize(
    ("message", "limits", "parts", "losses"),
    [
        (Send("Hi", (ORDER, SITE)), ROOMY, [("Hi", [], ["Order", "Site"])], []),
        (Send("Hi", media=(PICTURE,)), ROOMY, [("Hi", ["image"], [])], []),
        (Send("Hi", (ORDER,), (FILE,)), ROOMY, [("Hi", [], []), ("", ["file"], ["Order"])], []),
        (
            Send("Hi", (ORDER,), (FILE, PICTURE)),
            ROOMY,
            [("Hi", ["image"], []), ("", ["file"], ["Order"])],
            [],
        ),
        (
            Send("A text of 21 letters.", (ORDER,), (PICTURE,)),
            ROOMY,
            [("", ["image"], []), ("A text of 21 letters.", [], ["Order"])],
            ["caption_moved"],
        ),
        (
            Send("x" * 60 + "\n\n" + "y" * 60, (ORDER,)),
            ROOMY,
            [("x" * 60, [], []), ("y" * 60, [], ["Order"])],
            ["text_split"],
        ),
        (
            Send("Hi", (ORDER, SITE, PHONE, BACK)),
            BARE,
            [("Hi\n\n1. Order\nSite: https://shop.example\nShare\n4. Back", [], [])],
            ["button_listed", "link_listed", "request_listed", "button_listed"],
        ),
        (
            Send("Hi", (ORDER, BACK, ORDER)),
            ROOMY._replace(buttons=2),
            [("Hi\n\n3. Order", [], ["Order", "Back"])],
            ["button_listed"],
        ),
        (
            Send("Hi", (PHONE, SITE, ORDER)),
            ROOMY._replace(typed_menu=True),
            [("Hi\n\nSite: https://shop.example", [], ["Share", "Order"])],
            ["link_listed"],
        ),
        (
            Send("Hi", (PHONE, Button("2", "A label that nobody can type"))),
            ROOMY._replace(typed_menu=True),
            [("Hi\n\n2. A label that nobody can type", [], ["Share", "2"])],
            ["label_cut"],
        ),
        (
            Send("Hi", (Button("1", "Espresso with oat milk"), Button("2", "Espresso with oat mix"))),
            ROOMY,
            [("Hi", [], ["Espresso with oat m…", "Espresso with o… (2)"])],
            ["label_cut", "label_numbered"],
        ),
        (Send("Hi", (Button("1", " \n"),)), ROOMY, [("Hi", [], ["1"])], []),
        (Send(" ", (ORDER,)), ROOMY, [("⬇️", [], ["Order"])], ["text_added"]),
        (Send("", (ORDER,), (PICTURE,)), ROOMY, [("", ["image"], ["Order"])], []),
        (Send("Hi", media=(PICTURE, FILE)), BARE, [
            ("Hi\n\nhttps://shop.example/1.jpg\nbill.pdf: https://shop.example/bill.pdf", [], [])
        ], ["media_linked", "media_linked"]),
        (Send("Hi", media=(Media("image", " "),)), ROOMY, [("Hi", [], [])], ["media_dropped"]),
        (Send("Hi", media=(PICTURE, VIDEO), album=True), GROUPS, [("Hi", ["image", "video"], [])], []),
        (Send("Hi", media=(PICTURE, VIDEO)), GROUPS, [("", ["image"], []), ("Hi", ["video"], [])], []),
        (Send("Hi", media=(PICTURE,), album=True), GROUPS, [("Hi", ["image"], [])], []),
        (
            Send("Hi", media=(PICTURE, VIDEO), album=True),
            ROOMY,
            [("", ["image"], []), ("Hi", ["video"], [])],
            ["album_split"],
        ),
        (
            Send("Hi", media=(PICTURE, VIDEO, PICTURE, PICTURE), album=True),
            GROUPS,
            [("", ["image", "video", "image"], []), ("Hi", ["image"], [])],
            ["album_split"],
        ),
        (
            Send("Hi", (ORDER,), (PICTURE, VIDEO), album=True),
            GROUPS,
            [("", ["image"], []), ("Hi", ["video"], ["Order"])],
            ["album_split"],
        ),
        (
            Send("A text of 21 letters.", media=(PICTURE, VIDEO), album=True),
            GROUPS,
            [("", ["image", "video"], []), ("A text of 21 letters.", [], [])],
            ["caption_moved"],
        ),
        (
            Send("Hi", media=(SOUND, SOUND, FILE, PICTURE, VIDEO), album=True),
            GROUPS,
            [("", ["audio"], []), ("", ["audio"], []), ("Hi", ["image", "video"], []), ("", ["file"], [])],
            ["album_split"],
        ),
        (Send(" \n"), ROOMY, [], []),
        (Send("a\0b\ud800"), ROOMY, [("ab�", [], [])], []),
    ],
)  # fmt: skip
def test_a_message_becomes(
    message: Send, limits: Limits, parts: list[tuple[str, list[str], list[str]]], losses: list[str]
) -> None:
    assert shape(message, limits) == parts
    assert lost(message, limits) == losses


def test_a_template_goes_whole_where_the_messenger_keeps_some() -> None:
    template = Template("order_ready", "en", ("Ada", "x" * 500), header_media=PICTURE)
    message = Send("x" * 500, media=(PICTURE,), template=template)
    assert fit(message, BARE._replace(templates=True)) == ((message,), ())


def test_a_template_is_its_text_everywhere_else() -> None:
    message = Send("Ready", media=(PICTURE,), template=Template("order_ready", "en", ("Ada",)))
    assert fit(message, ROOMY) == fit(replace(message, template=None), ROOMY)
    assert shape(message, ROOMY) == [("Ready", ["image"], [])]


@pytest.mark.parametrize(
    "url", ["http://localhost:8000/x", "shop.example", "javascript:alert(1)", "https://", ""]
)
def test_an_address_that_messengers_refuse_is_a_line(url: str) -> None:
    [part] = fit(Send("Hi", (replace(SITE, url=url),)), ROOMY).messages
    assert not part.buttons
    assert f"Site: {url}".strip() in part.text


def test_the_press_of_a_fitted_button_still_names_its_step() -> None:
    message = Send("x" * 250, (ORDER,), revision=31, step="welcome")
    *_, last = fit(message, ROOMY).messages
    assert last.code(last.buttons[0]) == message.code(ORDER)


texts = st.text(st.sampled_from("ab .\n…é\u0301👍🏽\u200d👩🇩🇪é中"), max_size=400)
labels = st.text(st.sampled_from("ab 👍é\u0301\n"), max_size=40)
buttons = st.builds(
    Button,
    st.text("abc", min_size=1, max_size=3),
    labels,
    st.sampled_from(["go", "url", "phone", "location"]),
    st.sampled_from(["https://shop.example", "http://localhost", ""]),
)
media = st.builds(
    Media, st.sampled_from(["image", "video", "audio", "file"]), st.sampled_from(["https://a.b/c", ""])
)
messages = st.builds(
    Send,
    texts,
    st.lists(buttons, max_size=12).map(tuple),
    st.lists(media, max_size=4).map(tuple),
    st.integers(0, 9),
    album=st.booleans(),
)
limits = st.builds(
    Limits,
    text=st.integers(40, 200),
    caption=st.integers(0, 60),
    buttons=st.sampled_from([0, 3, 100]),
    label=st.integers(10, 40),
    columns=st.integers(1, 8),
    text_unit=st.sampled_from(["characters", "utf16", "bytes"]),
    media=st.frozensets(st.sampled_from(["image", "video", "audio", "file"])),
    album=st.integers(1, 4),
    requests=st.frozensets(st.sampled_from(["phone", "location"])),
    links=st.booleans(),
    typed_menu=st.booleans(),
)


@given(messages, limits)
def test_every_part_is_within_the_limits(message: Send, limits: Limits) -> None:
    for part in fit(message, limits).messages:
        longest = limits.caption if part.media else limits.text
        assert measure(part.text, limits.text_unit) <= longest
        assert part.text.strip() or part.media
        assert len(part.media) <= (limits.album if message.album else 1)
        assert part.album == (len(part.media) > 1)
        assert not (part.album and part.buttons)
        assert {one.kind for one in part.media} <= limits.media
        assert len(part.buttons) <= limits.buttons
        assert all(0 < len(one.label) <= limits.label for one in part.buttons)
        assert part.columns <= limits.columns


@given(messages, limits)
def test_no_text_and_no_medium_is_lost(message: Send, limits: Limits) -> None:
    fitted = fit(message, limits).messages
    said = "".join("".join(part.text for part in fitted).split())
    assert said.startswith("".join(message.text.split()))
    for one in message.media:
        shown = any(one in part.media for part in fitted)
        assert shown or one.url in said


@given(messages, limits)
def test_every_choice_can_be_made(message: Send, limits: Limits) -> None:
    fitted = fit(message, limits).messages
    said = "".join("".join(part.text for part in fitted).split())
    kept = [one.item for part in fitted for one in part.buttons]
    assert not [one for part in fitted[:-1] for one in part.buttons]
    for position, button in enumerate(message.buttons, 1):
        label = "".join(button.label.split()) or str(position)
        line = {"go": f"{position}.{label}", "url": f"{label}:{button.url}"}.get(button.kind, label)
        assert button.item in kept or line in said


@given(messages, limits)
def test_beside_a_request_every_label_is_understood_when_typed(message: Send, limits: Limits) -> None:
    typed = limits._replace(typed_menu=True)
    shown = [one for part in fit(message, typed).messages for one in part.buttons]
    if any(one.kind in typed.requests for one in shown):
        known = {" ".join(one.label.split()) for one in message.buttons}
        numbers = {str(n) for n in range(1, len(message.buttons) + 1)}
        assert {one.label for one in shown if one.kind == "go"} <= known | numbers


@given(messages, limits)
def test_what_fits_fits_as_it_is(message: Send, limits: Limits) -> None:
    plain = limits._replace(typed_menu=False)
    for part in fit(message, plain).messages:
        assert [one.media for one in fit(part, plain).messages] == [part.media]


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        (Send("Hi", (ORDER,), columns=2), Send("Hi", (ORDER,), columns=2)),
        (Send("Hi", (ORDER,), columns=9), Send("Hi", (ORDER,), columns=8)),
        (Send("Hi", album=True), Send("Hi")),
        (Send("Hi", (Button("1", " Order  now "),)), Send("Hi", (Button("1", "Order now"),))),
        (Send("Hi\ud800", instead_of="7"), Send("Hi\ufffd", instead_of="7")),
    ],
)
def test_words_that_fit_are_shown_as_they_are(message: Send, shown: Send) -> None:
    assert fit(message, ROOMY) == ((shown,), ())
