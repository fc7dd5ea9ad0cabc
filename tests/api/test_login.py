"""Who is who at the door."""

import asyncio
import re

import pytest

from tests.api.conftest import Join
from tests.api.partner import PASSWORD, Partner

LOGIN = "/api/auth/login/"
SHOPS = "/api/shop/shops/"


async def log_in(anyone: Partner, email: str) -> Partner:
    session = (await anyone.post(LOGIN, {"email": email, "password": PASSWORD})).result
    return Partner(anyone.session, anyone.address, session["token"])


async def test_ht_01_login_returns_a_token_of_64_hex_digits(anyone: Partner, ann: Partner) -> None:
    answer = await anyone.post(LOGIN, {"email": "ann@shop.example", "password": PASSWORD})
    session = answer.result
    assert re.fullmatch(r"[0-9a-f]{64}", session["token"])
    assert session["expiry"] is None
    assert session["user"]["email"] == "ann@shop.example"
    assert isinstance(session["user"]["id"], int)
    assert (await Partner(anyone.session, anyone.address, session["token"]).get(SHOPS)).status == 200


async def test_ht_02_logout_kills_one_and_logoutall_kills_all(anyone: Partner, ann: Partner) -> None:
    first = await log_in(anyone, "ANN@shop.example ")
    second = await log_in(anyone, "ann@shop.example")
    assert (await first.post("/api/auth/logout/")).body == {"status": "ok"}
    assert (await first.get(SHOPS)).status == 401
    assert (await second.get(SHOPS)).status == 200
    assert (await second.post("/api/auth/logoutall/")).body == {"status": "ok"}
    assert (await second.get(SHOPS)).status == 401
    assert (await ann.get(SHOPS)).status == 401


async def test_an_unknown_email_and_a_wrong_password_get_the_same_answer(
    anyone: Partner, ann: Partner
) -> None:
    wrong = await anyone.post(LOGIN, {"email": "ann@shop.example", "password": "guess"})
    unknown = await anyone.post(LOGIN, {"email": "nobody@shop.example", "password": "guess"})
    assert wrong.status == 401
    assert (wrong.status, wrong.body) == (unknown.status, unknown.body)


async def test_guessing_is_slowed_down_and_others_may_still_log_in(
    anyone: Partner, ann: Partner, bob: Partner
) -> None:
    guess = {"email": "ann@shop.example", "password": "guess"}
    answers = [await anyone.post(LOGIN, guess) for _ in range(6)]
    assert [answer.status for answer in answers] == [401] * 5 + [429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert answers[-1].errors["common"]
    assert (await log_in(anyone, "bob@elsewhere.example")).token


MISSHAPEN: list[tuple[dict[str, object], str]] = [
    ({"email": "ann@shop.example"}, "password"),
    ({"password": "x"}, "email"),
    ({"email": "ann@shop.example", "password": ""}, "password"),
    ({"email": "ann@shop.example", "password": "S3cret" * 200}, "password"),
    ({"email": 7, "password": "S3cret"}, "email"),
    ({"email": "ann@shop.example", "password": ["S3cret"]}, "password"),
    ({"email": "ann@shop.example", "password": "S3cret", "is_admin": True}, "is_admin"),
]


async def test_a_misshapen_login_names_the_field_and_repeats_nothing(anyone: Partner) -> None:
    for given, field in MISSHAPEN:
        answer = await anyone.post(LOGIN, given)
        assert (answer.status, answer.body["code"], list(answer.errors)) == (422, "invalid", [field]), given
        assert "S3cret" not in str(answer.body)


NO_TOKENS = ["", "Bearer", "Bearer x", "Basic eDp4", "bearer " + "0" * 64, "Bearer \u00e9"]


async def test_what_is_no_token_of_ours_gets_401(anyone: Partner) -> None:
    for header in NO_TOKENS:
        answer = await anyone.ask("GET", SHOPS, headers={"authorization": header} if header else {})
        assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer"), header
        assert answer.errors["common"]


async def test_many_guesses_at_once_are_no_way_round_the_wait(anyone: Partner, ann: Partner) -> None:
    guess = {"email": "ann@shop.example", "password": "guess"}
    answers = await asyncio.gather(*(anyone.post(LOGIN, guess) for _ in range(20)))
    assert sorted(answer.status for answer in answers) == [401] * 5 + [429] * 15


@pytest.mark.parametrize("password", ["mot de passe à clé", "x" * 100 + "y", "\U0001f511\U0001f511"])
async def test_every_character_of_a_password_counts(anyone: Partner, join: Join, password: str) -> None:
    await join("eve@shop.example", password)
    for wrong in (password + " ", password[:-1], password.upper() + "!"):
        assert (await anyone.post(LOGIN, {"email": "eve@shop.example", "password": wrong})).status == 401
    assert (await anyone.post(LOGIN, {"email": "eve@shop.example", "password": password})).result
