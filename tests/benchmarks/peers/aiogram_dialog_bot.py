"""The conversation in aiogram-dialog, as its quick start shows it: a window a question."""

from typing import Any

from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import CommandStart
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.types import Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiogram_dialog import Dialog, DialogManager, StartMode, Window, setup_dialogs
from aiogram_dialog.widgets.input import MessageInput, TextInput
from aiogram_dialog.widgets.kbd import SwitchTo
from aiogram_dialog.widgets.text import Const, Format
from aiohttp import web

from tests.benchmarks.peers.words import ASKED, CHOICES, HOOK, MENU, SECRET, THANKS, TOKEN, place


class Request(StatesGroup):
    menu = State()
    name = State()
    thanks = State()


async def choose(message: Message, _: MessageInput, dialogs: DialogManager) -> None:
    await dialogs.switch_to(Request.name if message.text == "1" else Request.menu)


async def take_name(_: Message, __: Any, dialogs: DialogManager, name: str) -> None:
    dialogs.dialog_data["name"] = name
    await dialogs.switch_to(Request.thanks)


async def start(_: Message, dialog_manager: DialogManager) -> None:
    await dialog_manager.start(Request.menu, mode=StartMode.RESET_STACK)


request = Dialog(
    Window(
        Format(MENU.format("{event.from_user.full_name}")),
        SwitchTo(Const(CHOICES[0]), id="request", state=Request.name),
        SwitchTo(Const(CHOICES[1]), id="again", state=Request.menu),
        MessageInput(choose, filter=F.text.in_({"1", "2"})),
        state=Request.menu,
    ),
    Window(Const(ASKED), TextInput(id="name", on_success=take_name), state=Request.name),
    Window(Format(THANKS.format("{dialog_data[name]}")), state=Request.thanks),
)


def main() -> None:
    here = place()
    bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(here.messenger)))
    dispatch = Dispatcher(storage=MemoryStorage())
    dispatch.message.register(start, CommandStart())
    dispatch.include_router(request)
    setup_dialogs(dispatch)
    app = web.Application()
    SimpleRequestHandler(dispatch, bot, secret_token=SECRET).register(app, path=HOOK)
    setup_application(app, dispatch, bot=bot)
    web.run_app(app, host="127.0.0.1", port=here.port, print=None)


if __name__ == "__main__":
    main()
