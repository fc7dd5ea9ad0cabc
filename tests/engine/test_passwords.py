"""A password is known again, by nothing but itself."""

import asyncio

import pytest

from engine import passwords


@pytest.mark.parametrize(
    "password", ["x", "пароль", "nul\0inside", "\ud800", "a" * 72 + "b", " ", "x" * 1024]
)
async def test_a_password_is_known_again(password: str) -> None:
    stored = await passwords.hash_password(password)
    assert await passwords.verify(password, stored)
    assert not await passwords.verify(password[:-1], stored)
    assert not await passwords.verify(password + "x", stored)


async def test_a_hash_costs_what_is_recommended_and_is_never_the_same() -> None:
    one, other = await asyncio.gather(*(passwords.hash_password("x") for _ in range(2)))
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert one != other


async def test_nobodys_password_is_never_right() -> None:
    assert not await passwords.verify("the password of nobody", None)
    assert not await passwords.verify("", None)


@pytest.mark.parametrize("stored", ["", "x", "$2b$12$abc", "$argon2id$v=19$m=19456,t=2,p=1$x$y"])
async def test_what_is_no_hash_of_ours_fits_nothing(stored: str) -> None:
    assert not await passwords.verify("x", stored)


async def test_an_endless_password_is_refused_before_it_is_hashed() -> None:
    endless = "x" * 10_000_000
    with pytest.raises(ValueError, match="1024"):
        await passwords.hash_password(endless)
    assert not await passwords.verify(endless, await passwords.hash_password("x"))
