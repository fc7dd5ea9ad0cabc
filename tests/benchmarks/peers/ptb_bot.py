"""The conversation in python-telegram-bot, as its ConversationHandler example and webhook page show it."""

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    filters,
)

from tests.benchmarks.peers.words import ASKED, CHOICES, HOOK, MENU, SECRET, THANKS, TOKEN, place

CHOICE, NAME = range(2)
Context = ContextTypes.DEFAULT_TYPE


async def start(update: Update, _: Context) -> int:
    buttons = [[InlineKeyboardButton(text, callback_data=str(n))] for n, text in enumerate(CHOICES, 1)]
    await update.message.reply_text(
        MENU.format(update.effective_user.full_name), reply_markup=InlineKeyboardMarkup(buttons)
    )
    return CHOICE


async def ask_name(update: Update, _: Context) -> int:
    await update.message.reply_text(ASKED)
    return NAME


async def thank(update: Update, context: Context) -> int:
    context.user_data["name"] = update.message.text
    await update.message.reply_text(THANKS.format(context.user_data["name"]))
    return ConversationHandler.END


def main() -> None:
    here = place()
    application = Application.builder().token(TOKEN).base_url(f"{here.messenger}/bot").build()
    conversation = ConversationHandler(
        entry_points=[CommandHandler("start", start)],
        states={
            CHOICE: [
                MessageHandler(filters.Regex("^1$"), ask_name),
                MessageHandler(filters.Regex("^2$"), start),
            ],
            NAME: [MessageHandler(filters.TEXT & ~filters.COMMAND, thank)],
        },
        fallbacks=[CommandHandler("start", start)],
        allow_reentry=True,
    )
    application.add_handler(conversation)
    application.run_webhook(
        listen="127.0.0.1",
        port=here.port,
        url_path=HOOK,
        secret_token=SECRET,
        webhook_url=f"https://bot.example.com{HOOK}",
    )


if __name__ == "__main__":
    main()
