"""What was paid for orders, as we were told; and the bills that messengers were given to show."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple, cast, get_args

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from engine.store.columns import big, created, touched, tree, words
from engine.store.notifications import write_notification
from engine.store.table import Repository, ShopTable, belongs_to_shop, of_shop, one_of, within
from engine.store.unit import Pooled
from flows.effects import Notify
from flows.json_value import JSON

Status = Literal["paid", "failed"]

_SAID = "SELECT EXISTS (SELECT FROM notification WHERE shop_id = $1 AND title = $2 AND text = $3)"


class Payment(ShopTable, table=True):
    """One payment by one way of paying; `external_id` is that way's own name of it.

    `number`: the order's, as it was told: there may be no such order.  `problem`: why it did not settle the
    order, empty if it did.  It outlives its order and its way of paying, hence no foreign keys to them.
    """

    __table_args__ = (
        belongs_to_shop(),
        of_shop("method_id", "external_id"),
        Index(None, "shop_id", "number"),
        one_of("status", *get_args(Status)),
    )

    number: int = big()
    method_id: int = big()
    external_id: str = words()
    status: Status = words()
    amount: int = big()
    currency: str = words()
    problem: str = words("")
    facts: dict[str, JSON] = tree()
    created_at: datetime = created()
    updated_at: datetime = touched()


class KeptPayment(NamedTuple):
    """`is_told_again`: all of it was known; `stands`: the row is as it was, for it says more than the news.

    So it is where it has settled its order, and where money came that is said to have failed.
    """

    row: Payment
    is_told_again: bool
    stands: bool


class Payments(Repository[Payment]):
    table = Payment
    what = "payment"

    async def keep(self, told: Payment) -> KeptPayment:
        """Write down what was told, unless it was told before or what is written stands.

        A provider may say «failed» and then «paid» of one payment.  The row is locked, to be judged.
        """
        given = told.model_dump(exclude={"id", "shop_id", "created_at", "updated_at"})
        made = insert(Payment).values(shop_id=self.shop_id, **given).on_conflict_do_nothing()
        is_new = (await self._session.exec(made)).rowcount > 0
        row = await self._named(told.method_id, told.external_id)
        has_come = not is_new and row.status == "paid"
        stands = has_come and (not row.problem or told.status == "failed")
        kept = KeptPayment(row, not is_new and _says(row) == _says(told), stands)
        if not (is_new or stands or kept.is_told_again):
            row.number, row.status = told.number, told.status
            row.amount, row.currency, row.facts = told.amount, told.currency, told.facts
        return kept

    async def tell_staff(self, notification: Notify) -> None:
        """A word for the shop's staff, in the same transaction; the same words are not said twice."""
        pooled = await (await self._session.connection()).get_raw_connection()
        connection = cast(Pooled, pooled.driver_connection)
        if not await connection.fetchval(_SAID, self.shop_id, notification.title, notification.text):
            await write_notification(connection, self.shop_id, notification)

    async def of_order(self, number: int) -> Sequence[Payment]:
        """All that we were told of an order, in that order."""
        query = self._mine().where(Payment.number == number).order_by(col(Payment.id))
        return (await self._session.exec(query)).all()

    async def _named(self, method_id: int, external_id: str) -> Payment:
        query = self._mine().where(Payment.method_id == method_id, Payment.external_id == external_id)
        return (await self._session.exec(query.with_for_update())).one()


def _says(payment: Payment) -> tuple[int, str, int, str]:
    return payment.number, payment.status, payment.amount, payment.currency


class ShownBill(ShopTable, table=True):
    """The bill of an order went to the bot user as his message `seq`: to no order goes a second one."""

    __table_args__ = (of_shop("number"), within("bot_user", "bot_user_id"))

    number: int = big()
    bot_user_id: int = big()
    seq: int = big()
    created_at: datetime = created()


class ShownBills(Repository[ShownBill]):
    table = ShownBill
    what = "bill"

    async def of_order(self, number: int) -> ShownBill | None:
        """Locked, for whoever may have to show it."""
        query = select(ShownBill).where(ShownBill.shop_id == self.shop_id, ShownBill.number == number)
        return await self._one(query.with_for_update())
