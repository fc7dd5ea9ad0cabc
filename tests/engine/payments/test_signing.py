"""Whose call it is, is told by its signature alone: the Standard Webhooks specification."""

from base64 import b64encode

import pytest

from engine.payments.signing import is_genuine, key_of, sign
from tests.engine.pay_station import OTHER_SECRET, SECRET, signature

NOW = 1_614_265_330
KEY = key_of(SECRET)
BODY = b'{"order": 1}'
RIGHT = {
    "webhook-id": "msg_1",
    "webhook-timestamp": str(NOW),
    "webhook-signature": signature(SECRET, "msg_1", NOW, BODY),
}


def test_the_example_of_the_specification_is_signed_as_it_says() -> None:
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    made = sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", NOW, b'{"test": 2432232314}')
    assert made["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_we_sign_is_genuine_to_others_and_to_us() -> None:
    assert sign(KEY, "msg_1", NOW, BODY) == RIGHT
    assert is_genuine(KEY, RIGHT, BODY, NOW)


SEVERAL = f"v1a,xyz v1,{b64encode(b'other').decode()} {RIGHT['webhook-signature']} v2,abc"


@pytest.mark.parametrize(
    ("headers", "now"),
    [
        ({}, NOW + 300),
        ({}, NOW - 300),
        ({"webhook-signature": SEVERAL}, NOW),
    ],
    ids=["as late as may be", "as early as may be", "one of several"],
)
def test_a_genuine_call_passes(headers: dict[str, str], now: int) -> None:
    assert is_genuine(KEY, RIGHT | headers, BODY, now)


@pytest.mark.parametrize(
    ("headers", "body", "now"),
    [
        ({}, BODY, NOW + 301),
        ({}, BODY, NOW - 301),
        ({}, BODY + b" ", NOW),
        ({"webhook-id": "msg_2"}, BODY, NOW),
        ({"webhook-id": ""}, BODY, NOW),
        ({"webhook-timestamp": str(NOW + 1)}, BODY, NOW),
        ({"webhook-timestamp": "soon"}, BODY, NOW),
        ({"webhook-timestamp": f"{NOW}.0"}, BODY, NOW),
        ({"webhook-timestamp": "9" * 5000}, BODY, NOW),
        ({"webhook-timestamp": "\u0661\u0662"}, BODY, NOW),
        ({"webhook-signature": ""}, BODY, NOW),
        ({"webhook-signature": "v1,"}, BODY, NOW),
        ({"webhook-signature": RIGHT["webhook-signature"].replace("v1,", "v2,")}, BODY, NOW),
        ({"webhook-signature": RIGHT["webhook-signature"][:-1]}, BODY, NOW),
        ({"webhook-signature": signature(OTHER_SECRET, "msg_1", NOW, BODY)}, BODY, NOW),
        ({"webhook-signature": "v1,\udcff\u00e9"}, BODY, NOW),
    ],
    ids=[
        "too old",
        "of the future",
        "another body",
        "another id",
        "no id",
        "another moment",
        "no moment",
        "half a second",
        "endless moment",
        "digits of another script",
        "no signature",
        "empty signature",
        "another version",
        "cut off",
        "another secret",
        "no text",
    ],
)
def test_any_other_call_is_not_genuine(headers: dict[str, str], body: bytes, now: int) -> None:
    assert not is_genuine(KEY, RIGHT | headers, body, now)


def test_a_full_stop_within_the_id_could_move_the_border_to_the_moment() -> None:
    at = f"1.{NOW}"
    moved = {"webhook-id": "msg_1.1", "webhook-timestamp": str(NOW)}
    sign_of_both = signature(SECRET, "msg_1.1", NOW, BODY)
    assert not is_genuine(KEY, moved | {"webhook-signature": sign_of_both}, BODY, NOW)
    unmoved = {"webhook-id": "msg_1", "webhook-timestamp": at, "webhook-signature": sign_of_both}
    assert not is_genuine(KEY, unmoved, BODY, NOW)


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "letmein",
        "whsec_###",
        SECRET.removeprefix("whsec_"),
        "whsec_" + b64encode(b"x" * 23).decode(),
    ],
    ids=["empty", "nothing after", "a word", "no base64", "no prefix", "too short"],
)
def test_a_secret_of_another_shape_is_refused_unseen(secret: str) -> None:
    with pytest.raises(ValueError, match="a secret") as refused:
        key_of(secret)
    assert not secret.removeprefix("whsec_") or secret.removeprefix("whsec_") not in str(refused.value)
