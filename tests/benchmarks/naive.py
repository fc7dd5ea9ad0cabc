"""The same bot as most people would write it first, kept to be compared with.

A FastAPI route whose body is aiogram's Update, a SQLModel session that asks for one row after the other, a
template compiled for every message, and aiogram's Bot, which sends what was committed.  Run by uvicorn;
NAIVE_DATABASE and NAIVE_API in the environment say where database and messenger are.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import networkx as nx
from aiogram import Bot as TelegramBot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import KeyboardButton, ReplyKeyboardMarkup, Update
from fastapi import FastAPI, Header, HTTPException
from jinja2.sandbox import SandboxedEnvironment
from sqlalchemy import BigInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import Column, Field, SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

SECRET = "a-secret-of-the-hook"
PEOPLE = 10_000


class Bot(SQLModel, table=True):
    id: int = Field(primary_key=True)
    secret: str
    token: str


class Step(SQLModel, table=True):
    id: int = Field(primary_key=True)
    kind: str
    text: str
    variable: str | None = None


class MenuItem(SQLModel, table=True):
    id: int = Field(primary_key=True)
    step_id: int = Field(foreign_key="step.id", index=True)
    number: str
    title: str
    target: int


class BotUser(SQLModel, table=True):
    id: int = Field(default=None, primary_key=True, sa_type=BigInteger)
    bot_id: int
    chat_id: int = Field(sa_type=BigInteger, index=True)
    step_id: int = 1
    version: int = 0
    variables: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSONB))


class Message(SQLModel, table=True):
    bot_user_id: int = Field(primary_key=True, sa_type=BigInteger)
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    incoming: bool
    body: str


class Lead(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    bot_user_id: int = Field(sa_type=BigInteger)
    form: dict[str, Any] = Field(sa_column=Column(JSONB))


class SeenUpdate(SQLModel, table=True):
    bot_id: int = Field(primary_key=True)
    update_id: int = Field(primary_key=True, sa_type=BigInteger)


STEPS = (
    Step(id=1, kind="menu", text="Hello {{ user.first_name }}! What can we do for you?"),
    Step(id=2, kind="ask", text="What is your name, please?", variable="full_name"),
    Step(id=3, kind="lead", text="Thank you, {{ full_name }}! We will call you back."),
)
ITEMS = (
    MenuItem(id=1, step_id=1, number="1", title="Leave a request", target=2),
    MenuItem(id=2, step_id=1, number="2", title="Once more", target=1),
)
GRAPH: "nx.DiGraph[int]" = nx.DiGraph([(1, 2, {"number": "1"}), (2, 3, {})])

engine = create_async_engine(os.environ["NAIVE_DATABASE"], pool_size=16, max_overflow=0)
jinja = SandboxedEnvironment()
telegram = TelegramBot(
    "42:TEST", session=AiohttpSession(api=TelegramAPIServer.from_base(os.environ["NAIVE_API"]))
)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)
    async with AsyncSession(engine) as session:
        session.add_all([Bot(id=1, secret=SECRET, token="42:TEST"), *STEPS])
        await session.flush()
        session.add_all(ITEMS)
        await session.execute(
            text("INSERT INTO botuser (bot_id, chat_id, step_id, version, variables)"
                 f" SELECT 1, n, 1, 0, '{{}}' FROM generate_series(1, {PEOPLE}) n")
        )  # fmt: skip
        await session.commit()
    yield
    await telegram.session.close()


app = FastAPI(lifespan=lifespan)


@app.post("/hooks/{bot_id}")
async def hook(
    bot_id: int, update: Update, x_telegram_bot_api_secret_token: Annotated[str | None, Header()] = None
) -> dict[str, bool]:
    async with AsyncSession(engine, expire_on_commit=False) as session:
        bot = await session.get(Bot, bot_id)
        if bot is None or bot.secret != x_telegram_bot_api_secret_token:
            raise HTTPException(401)
        message = update.message
        if message is None or await _seen(session, bot_id, update):
            return {"ok": True}
        session.add(SeenUpdate(bot_id=bot_id, update_id=update.update_id))
        who = select(BotUser).where(BotUser.bot_id == bot_id, BotUser.chat_id == message.chat.id)
        user = (await session.exec(who.with_for_update())).one()
        said = message.text or ""
        step = await _next_step(session, user, said)
        person = message.from_user.model_dump() if message.from_user else {}
        told = jinja.from_string(step.text).render(user=person, **user.variables)
        if step.kind == "lead":
            session.add(Lead(bot_user_id=user.id, form=dict(user.variables)))
        session.add(Message(bot_user_id=user.id, seq=user.version * 2 - 1, incoming=True, body=said))
        session.add(Message(bot_user_id=user.id, seq=user.version * 2, incoming=False, body=told))
        keyboard = await _keyboard(session, step)
        await session.commit()
    await telegram.send_message(message.chat.id, told, reply_markup=keyboard)
    return {"ok": True}


async def _seen(session: AsyncSession, bot_id: int, update: Update) -> bool:
    same = select(SeenUpdate).where(SeenUpdate.bot_id == bot_id, SeenUpdate.update_id == update.update_id)
    return (await session.exec(same)).first() is not None


async def _next_step(session: AsyncSession, user: BotUser, said: str) -> Step:
    """Where what was said leads, which is where the user stands from now on."""
    now = (await session.exec(select(Step).where(Step.id == user.step_id))).one()
    target = now.id
    if said == "/start":
        target = 1
    elif now.kind == "menu":
        for _, to, link in GRAPH.out_edges(now.id, data=True):
            if link["number"] == said:
                target = to
    elif now.variable:
        user.variables = {**user.variables, now.variable: said}
        target = next(GRAPH.successors(now.id))
    user.step_id = target
    user.version += 1
    return (await session.exec(select(Step).where(Step.id == target))).one()


async def _keyboard(session: AsyncSession, step: Step) -> ReplyKeyboardMarkup | None:
    if step.kind != "menu":
        return None
    items = (await session.exec(select(MenuItem).where(MenuItem.step_id == step.id))).all()
    return ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text=item.title)] for item in items])
