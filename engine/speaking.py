"""A word to a person that no flow says: an operator's, a partner's program's."""

from msgspec import to_builtins

from channels.kinds import channel_class
from engine.perform import MOST_MESSAGES
from engine.refusals import Invalid
from engine.runtime import Engine
from engine.store.bot_users import BotUsers
from engine.store.bots import LAUNCHED, Bots
from engine.store.messages import TO_USER, Message, Messages
from engine.store.unit import Unit
from flows.effects import Send


async def say(engine: Engine, unit: Unit, author_id: int, to: tuple[int, int], message: Send) -> Message:
    """Puts a message into the conversation and on its way; `to`: shop and bot user.

    Raises NotFound, and Invalid where it could not be delivered.
    """
    shop_id, bot_user_id = to
    user = await BotUsers(unit, shop_id).hold(bot_user_id)
    bot = await Bots(unit, shop_id).get(user.bot_id)
    if bot.status != LAUNCHED:
        raise Invalid({"bot_user_id": "The bot of this person is stopped; start it first."})
    if not user.reachable:
        raise Invalid({"bot_user_id": "This person has blocked the bot."})
    # To hold him took the version that a turn would have had, so these numbers are nobody else's.
    seq = (user.version - 1) * MOST_MESSAGES + 1
    pulls = channel_class(bot.kind).pulls
    said = Message(bot_user_id=user.id, seq=seq, direction=TO_USER, author_id=author_id)
    said.body, said.status = to_builtins(message), "sent" if pulls else "queued"
    await Messages(unit, shop_id).send(said, None if pulls else bot.id)
    unit.after_commit(lambda: engine.tell(shop_id, bot_user_id))
    return said
