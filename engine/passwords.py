"""Passwords: hashed with argon2id, slowly on purpose and never more than two at once."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

LONGEST = 1024
"""Characters of a password; a longer one costs time before it is even hashed."""

# The second of OWASP's recommendations: 19 MiB, two passes.  pwdlib's own default takes six times as long.
_hasher = PasswordHash((Argon2Hasher(memory_cost=19_456, time_cost=2, parallelism=1),))
# Bounded, so that many people who log in at once leave the processor to those who are in.
_pool = ThreadPoolExecutor(2, thread_name_prefix="password")
_NOBODY = _hasher.hash("the password of nobody")


async def hash_password(password: str) -> str:
    """What to store.  Raises ValueError for one longer than LONGEST."""
    if len(password) > LONGEST:
        raise ValueError(f"a password has at most {LONGEST} characters")
    return await asyncio.get_running_loop().run_in_executor(_pool, _hasher.hash, _plain(password))


async def verify(password: str, stored: str | None) -> bool:
    """Whether it is the one; `stored` None for an account that is not there, which takes as long to say."""
    if len(password) > LONGEST:
        return False
    loop = asyncio.get_running_loop()
    right = await loop.run_in_executor(_pool, _fits, _plain(password), stored or _NOBODY)
    return right and stored is not None


def _fits(password: bytes, stored: str) -> bool:
    try:
        return _hasher.verify(password, stored)
    except UnknownHashError:
        return False


def _plain(password: str) -> bytes:
    """Whatever was typed has bytes, half of a surrogate pair too."""
    return password.encode("utf-8", "surrogatepass")
