"""The shop's own books, asked by a turn: what is sold, at what price, how it is delivered and paid."""

from asyncpg import Pool

from engine.store.played import Conversation
from flows.json_value import JSON
from flows.requests import Request


async def answer_locally(pool: Pool, whose: Conversation, request: Request) -> tuple[int, JSON]:
    """Status and body of the answer; the body is one of `flows.goods` as JSON.  Database faults pass."""
    raise NotImplementedError
