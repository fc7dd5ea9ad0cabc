"""The conversation in aiogram, as its guide to states and its webhook example show it.

Remembers in the process; with the address of a Redis, there, and takes a person's updates one at a time.
"""

from aiogram import Bot, Dispatcher, F, Router
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import CommandStart
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.fsm.storage.redis import RedisStorage
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web

from tests.benchmarks.peers.words import ASKED, CHOICES, HOOK, MENU, SECRET, THANKS, TOKEN, place

router = Router()


class Request(StatesGroup):
    choice = State()
    name = State()


@router.message(CommandStart())
async def start(message: Message, state: FSMContext) -> None:
    await state.set_state(Request.choice)
    buttons = [InlineKeyboardButton(text=text, callback_data=str(n)) for n, text in enumerate(CHOICES, 1)]
    await message.answer(
        MENU.format(message.from_user.full_name),
        reply_markup=InlineKeyboardMarkup(inline_keyboard=[[button] for button in buttons]),
    )


@router.message(Request.choice, F.text == "1")
async def ask_name(message: Message, state: FSMContext) -> None:
    await state.set_state(Request.name)
    await message.answer(ASKED)


@router.message(Request.choice, F.text == "2")
async def again(message: Message, state: FSMContext) -> None:
    await start(message, state)


@router.message(Request.name, F.text)
async def thank(message: Message, state: FSMContext) -> None:
    kept = await state.update_data(name=message.text)
    await state.clear()
    await message.answer(THANKS.format(kept["name"]))


def dispatcher(memory: str) -> Dispatcher:
    if not memory:
        return Dispatcher(storage=MemoryStorage())
    storage = RedisStorage.from_url(memory)
    return Dispatcher(storage=storage, events_isolation=storage.create_isolation())


def main() -> None:
    here = place()
    bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(here.messenger)))
    dispatch = dispatcher(here.memory)
    dispatch.include_router(router)
    app = web.Application()
    SimpleRequestHandler(dispatch, bot, secret_token=SECRET).register(app, path=HOOK)
    setup_application(app, dispatch, bot=bot)
    web.run_app(app, host="127.0.0.1", port=here.port, print=None)


if __name__ == "__main__":
    main()
