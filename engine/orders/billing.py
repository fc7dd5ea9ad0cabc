"""How an order is paid: the answer to `Bill`."""

import re
from collections.abc import Callable
from time import time

import structlog
from msgspec import convert, to_builtins

from channels.invoices import Invoice
from engine.connections import Connections
from engine.outside import Outside
from engine.payments.base import Owed, Unbilled
from engine.payments.judging import bar
from engine.payments.methods import opened
from engine.perform import MOST_MESSAGES
from engine.refusals import NotFound
from engine.secrets import Vault
from engine.store.bot_users import BotUsers
from engine.store.due import DueCall
from engine.store.messages import TO_USER, Message, Messages
from engine.store.orders import Order, Orders
from engine.store.payment_methods import PaymentMethods
from engine.store.payments import ShownBill, ShownBills
from engine.store.unit import Database
from flows.effects import OrderLine, Send
from flows.json_value import JSON
from flows.phrases import phrase
from flows.requests import HttpRequest
from flows.trade.goods import Billed
from flows.trade.money import money

log = structlog.get_logger()

HOOK_PATH = "/hooks/payments/{shop_id}/{method_id}/"
_PAYLOAD = re.compile(r"order:([1-9][0-9]{0,17})")
_LONGEST_TEXT = 255


def payload_of(number: int) -> str:
    """What the messenger hands back with the payment of an order."""
    return f"order:{number}"


def number_of(payload: str) -> int:
    """The order that `payload_of` named; 0, which no order has, for anything else."""
    found = _PAYLOAD.fullmatch(payload)
    return int(found[1]) if found else 0


class Billing:
    """`public_address`: where others reach us, if they do; `tell` rings for a bot user (shop, bot user)."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        connections: Connections,
        outside: Outside,
        public_address: str | None,
        tell: Callable[[int, int], None],
    ) -> None:
        self._database = database
        self._vault = vault
        self._connections = connections
        self._outside = outside
        self._public_address = public_address
        self._tell = tell

    async def ask(self, call: DueCall, number: int) -> tuple[int, JSON]:
        """Status and body of the answer: a `Billed`, or why there is none.  Raises Unavailable."""
        try:
            found = await self._bill(call, number)
        except NotFound as refusal:
            found = Unbilled(404, refusal.message)
        if isinstance(found, Billed):
            return 200, to_builtins(found)
        log.warning("not billed", shop=call.shop_id, number=number, status=found.status, why=found.reason)
        return found.status, {"error": found.reason}

    async def _bill(self, call: DueCall, number: int) -> Billed | Unbilled:
        async with self._database.unit() as unit:
            order = await Orders(unit, call.shop_id).by_number(number)
            if order is None or order.bot_user_id != call.bot_user_id or order.payment_id is None:
                raise NotFound("order to be paid")
            method = await PaymentMethods(unit, call.shop_id).get(order.payment_id)
            user = await BotUsers(unit, call.shop_id).get(call.bot_user_id)
        if bar(order):
            return Unbilled(409, "The order is paid or cancelled.")
        if order.total <= 0:
            return Billed(confirms=False)
        way = opened(self._vault, method)
        owed = Owed(
            method=f"{call.shop_id}-{method.id}",
            order=order.number,
            bot_user=user.id,
            amount=order.total,
            currency=order.currency,
            text=told(order),
            lang_code=user.lang_code,
            at=int(time()),
            hook=self._hook(call.shop_id, method.id),
        )
        return await way.bill(owed, _Means(self, order, owed))

    def _hook(self, shop_id: int, method_id: int) -> str:
        path = HOOK_PATH.format(shop_id=shop_id, method_id=method_id)
        return f"{self._public_address}{path}" if self._public_address else ""

    async def ask_outside(self, request: HttpRequest) -> tuple[int, JSON]:
        return await self._outside.ask(request)

    async def show(self, order: Order, owed: Owed) -> Unbilled | None:
        """Put the bill into the conversation, unless it is there or may be."""
        connection = await self._connections.of(order.shop_id, order.bot_id)
        invoice = Invoice(
            payload=payload_of(order.number),
            title=phrase("bill_title", owed.lang_code, number=str(order.number)),
            text=owed.text,
            amount=order.total,
            currency=order.currency,
        )
        if not connection.channel.bill(connection.credentials, "0", invoice):
            return Unbilled(409, "This bot cannot have bills paid; give it its token for payments.")
        return await self._show(order, invoice, owed)

    async def _show(self, order: Order, invoice: Invoice, owed: Owed) -> Unbilled | None:
        shop_id, user_id = order.shop_id, owed.bot_user
        async with self._database.unit() as unit:
            user = await BotUsers(unit, shop_id).hold(user_id)
            if not user.reachable:
                return Unbilled(409, "This person has blocked the bot.")
            # To hold him takes turns with whoever bills the same order, and took the version
            # that a turn would have had, so this number is nobody else's.
            seq = (user.version - 1) * MOST_MESSAGES + 1
            bills, messages = ShownBills(unit, shop_id), Messages(unit, shop_id)
            shown = await bills.of_order(order.number)
            if shown is None:
                await bills.add(ShownBill(number=order.number, bot_user_id=user_id, seq=seq))
            elif await messages.status(user_id, shown.seq) != "failed":
                return None
            else:
                shown.seq = seq
            words = f"{invoice.title}: {money(invoice.amount, invoice.currency, owed.lang_code)}"
            said = Message(bot_user_id=user_id, seq=seq, direction=TO_USER, status="queued")
            said.body = to_builtins(Send(words))
            await messages.send(said, order.bot_id, to_builtins(invoice))
            unit.after_commit(lambda: self._tell(shop_id, user_id))
        return None


class _Means:
    """What billing one order may use of the house."""

    def __init__(self, billing: Billing, order: Order, owed: Owed) -> None:
        self._billing = billing
        self._order = order
        self._owed = owed

    async def ask(self, request: HttpRequest) -> tuple[int, JSON]:
        return await self._billing.ask_outside(request)

    async def show(self) -> Unbilled | None:
        return await self._billing.show(self._order, self._owed)


def told(order: Order) -> str:
    """What is bought, in a line."""
    text = "; ".join(f"{line.title}, {line.quantity}" for line in convert(order.items, tuple[OrderLine, ...]))
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"
