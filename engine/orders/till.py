"""News of payments: kept, and their orders settled, in one transaction; whatever does not fit is kept too."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from time import time

import structlog

from channels.base import Undelivered
from channels.invoices import Checkout, Receipt
from channels.sender import Sender
from engine.connections import Connection
from engine.orders.billing import number_of
from engine.orders.ordering import settle
from engine.payments.base import NotGenuine, Payment
from engine.payments.judging import bar, misfit
from engine.payments.methods import opened
from engine.refusals import NotFound
from engine.secrets import Vault
from engine.store.bot_users import BotUsers
from engine.store.orders import Orders
from engine.store.payment_methods import PaymentMethods
from engine.store.payments import Payment as Kept
from engine.store.payments import Payments
from engine.store.unit import Database, Unit
from flows.effects import Notify
from flows.phrases import phrase

log = structlog.get_logger()

CHECKOUT_SECONDS = 8.0
"""For the whole answer to a checkout: the messengers that ask wait for ten."""

_CONTRARY = "Another payment was told of by the same name before, and has settled its order."


class Till:
    """`wake` is called when there is news of an order to be told."""

    def __init__(self, database: Database, vault: Vault, sender: Sender, wake: Callable[[], None]) -> None:
        self._database = database
        self._vault = vault
        self._sender = sender
        self._wake = wake

    async def read(
        self, shop_id: int, method_id: int, headers: Mapping[str, str], body: bytes
    ) -> Payment | None:
        """What a call to the hook of a way of paying tells; None: it tells of no payment.

        A way of paying that is no longer offered is still believed: money may come late.
        Raises NotGenuine, for a way that is not there too.
        """
        async with self._database.unit() as unit:
            method = await PaymentMethods(unit, shop_id).find(method_id)
        if method is None:
            raise NotGenuine
        try:
            return opened(self._vault, method).read(headers, body, int(time()))
        except NotFound:
            log.error("way of paying unreadable", shop=shop_id, method=method_id)
            raise NotGenuine from None

    async def take(self, shop_id: int, method_id: int, payment: Payment) -> None:
        """Returns once it is committed; told again it changes nothing.  Raises Unavailable."""
        async with self._database.unit() as unit:
            if await _take(unit, shop_id, method_id, payment):
                unit.after_commit(self._wake)

    async def heard(self, connection: Connection, told: Sequence[Checkout | Receipt]) -> None:
        """What a messenger tells of bills that it shows.  Raises Unavailable: then it must come again."""
        for one in told:
            if isinstance(one, Checkout):
                await self._permit(connection, one)
            else:
                await self._receive(connection, one)

    async def _receive(self, connection: Connection, receipt: Receipt) -> None:
        number = number_of(receipt.payload)
        async with self._database.unit() as unit:
            order = await Orders(unit, connection.shop_id).by_number(number)
            method_id = order.payment_id if order is not None and order.payment_id is not None else 0
            payment = Payment(
                order=number,
                status="paid",
                amount=receipt.amount,
                currency=receipt.currency,
                id=receipt.id or receipt.payload,
                facts={**receipt.facts, "bot": connection.bot_id, "payload": receipt.payload},
            )
            if await _take(unit, connection.shop_id, method_id, payment):
                unit.after_commit(self._wake)

    async def _permit(self, connection: Connection, checkout: Checkout) -> None:
        """Who cannot be answered in time is not paid by: the messenger then takes no money."""
        try:
            async with asyncio.timeout(CHECKOUT_SECONDS):
                refusal = await self._refusal(connection, checkout)
                requests = connection.channel.permit(connection.credentials, checkout.id, refusal)
                answer = await self._sender.send(connection.channel, requests)
        except TimeoutError:
            log.warning("checkout not answered in time", shop=connection.shop_id, bot=connection.bot_id)
            return
        why = answer.reason if isinstance(answer, Undelivered) else ""
        log.info("checkout answered", shop=connection.shop_id, refusal=refusal, why=why)

    async def _refusal(self, connection: Connection, checkout: Checkout) -> str:
        """Why the bill is not to be paid, in the user's language; empty if it is."""
        shop_id = connection.shop_id
        async with self._database.unit() as unit:
            order = await Orders(unit, shop_id).by_number(number_of(checkout.payload))
            user = await BotUsers(unit, shop_id).by_messenger_id(connection.bot_id, checkout.user)
        if order is None or user is None or order.bot_user_id != user.id:
            return phrase("bill_foreign", user.lang_code if user is not None else "")
        if (checkout.amount, checkout.currency) != (order.total, order.currency):
            return phrase("bill_outdated", user.lang_code)
        barred = bar(order)
        return phrase(barred, user.lang_code) if barred else ""


async def _take(unit: Unit, shop_id: int, method_id: int, payment: Payment) -> bool:
    """Whether there is news for somebody."""
    payments = Payments(unit, shop_id)
    kept = await payments.keep(
        Kept(
            number=payment.order,
            method_id=method_id,
            external_id=payment.id,
            status=payment.status,
            amount=payment.amount,
            currency=payment.currency,
            facts=payment.facts,
        )
    )
    name = {"shop": shop_id, "method": method_id, "number": payment.order, "status": payment.status}
    if kept.is_told_again:
        log.info("payment told again", **name)
        return False
    problem = _CONTRARY if kept.stands else await _settle(unit, shop_id, payment)
    if not kept.stands:
        kept.row.problem = problem
        await unit.flush()
    if not problem:
        log.info("payment kept", **name)
    elif payment.status == "paid":
        log.error("payment settles nothing", **name, why=problem)
        title = f"A payment for order No. {payment.order} needs your attention"
        await payments.tell_staff(Notify(title, f"{problem}\nPayment: {payment.id}"))
    else:
        log.warning("failed payment of no use", **name, why=problem)
    return True


async def _settle(unit: Unit, shop_id: int, payment: Payment) -> str:
    """Why the order is not settled by it; empty if it is."""
    orders = Orders(unit, shop_id)
    found = await orders.by_number(payment.order)
    order = await orders.hold(found.id) if found is not None else None
    problem = misfit(order, payment.amount, payment.currency)
    if not problem:
        amount, currency = payment.amount, payment.currency
        has_come = payment.status == "paid"
        await settle(unit, shop_id, payment.order, amount=amount, currency=currency, paid=has_come)
    return problem
