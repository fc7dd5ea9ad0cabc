"""A shop sees its own rows and no others, whatever is asked of a repository."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.refusals import Invalid, NotFound
from engine.store.audit import Audit, AuditTrail
from engine.store.bot_users import BotUser, BotUsers
from engine.store.bots import Bot, Bots
from engine.store.categories import Categories, Category
from engine.store.dead_letters import DeadLetters
from engine.store.delivery_methods import DeliveryMethod, DeliveryMethods
from engine.store.faults import Fault, Faults
from engine.store.flows import Flow, Flows
from engine.store.language_models import LanguageModel, LanguageModels
from engine.store.lead_forms import LeadForm, LeadForms
from engine.store.leads import Lead, Leads
from engine.store.notification_channels import NotificationChannel, NotificationChannels
from engine.store.orders import Order, Orders
from engine.store.outbox import Outbox
from engine.store.payment_methods import PaymentMethod, PaymentMethods
from engine.store.payments import Payment, Payments, ShownBill, ShownBills
from engine.store.products import Product, Products, Variants
from engine.store.promo_codes import PromoCode, PromoCodes
from engine.store.revisions import Revision, Revisions
from engine.store.table import LARGEST_ID, Repository
from engine.store.tags import Tag, Tags
from engine.store.unit import Database
from engine.store.variables import Variable, Variables
from tests.engine.store.conftest import Place

Kind = type[Repository[Any]]
ROWS: dict[Kind, Callable[[Place], Any]] = {
    AuditTrail: lambda _: Audit(action="change", subject="bot"),
    BotUsers: lambda place: BotUser(bot_id=place.bot, messenger_user_id="78"),
    Bots: lambda _: Bot(kind="echo", name="second"),
    Categories: lambda _: Category(key="tea", title="Tea"),
    DeadLetters: lambda place: Outbox(
        bot_id=place.bot, bot_user_id=place.user, seq=1, body={"do": "send", "text": "Hi"}, dead=True
    ),
    DeliveryMethods: lambda _: DeliveryMethod(title="Courier"),
    Faults: lambda _: Fault(flow="hello", step="ask", code="x", message="x"),
    Flows: lambda _: Flow(key="hello", name="Hello"),
    LanguageModels: lambda _: LanguageModel(base_url="https://models.example/v1", model="small"),
    LeadForms: lambda _: LeadForm(key="order", name="Order"),
    Leads: lambda place: Lead(form="order", bot_user_id=place.user, bot_id=place.bot, turn=1),
    NotificationChannels: lambda _: NotificationChannel(type=1, email="staff@shop.example"),
    Orders: lambda place: Order(
        number=1, bot_user_id=place.user, bot_id=place.bot, currency="EUR", subtotal=1, total=1, turn=1
    ),
    PaymentMethods: lambda _: PaymentMethod(title="Cash", kind="cash"),
    Payments: lambda _: Payment(
        number=1, method_id=1, external_id="p", status="paid", amount=1, currency="EUR"
    ),
    Products: lambda _: Product(title="Tea"),
    PromoCodes: lambda _: PromoCode(code="TEN"),
    ShownBills: lambda place: ShownBill(number=1, bot_user_id=place.user, seq=1),
    Tags: lambda _: Tag(name="vip"),
    Variables: lambda _: Variable(name="city", dtype="text"),
}
EACH = pytest.mark.parametrize("kind", ROWS, ids=lambda kind: kind.__name__)


async def stored(database: Database, kind: Kind, place: Place) -> int:
    async with database.unit() as unit:
        row = await kind(unit, place.shop).add(ROWS[kind](place))
        return int(row.id)


def test_every_repository_of_a_shop_is_tried() -> None:
    # A revision needs a flow, a variant a product; they have tests of their own.
    assert set(Repository.__subclasses__()) == {*ROWS, Revisions, Variants}


@EACH
async def test_a_strangers_row_is_not_found(
    database: Database, ours: Place, theirs: Place, kind: Kind
) -> None:
    id = await stored(database, kind, theirs)
    async with database.unit() as unit:
        repository = kind(unit, ours.shop)
        assert await repository.find(id) is None
        with pytest.raises(NotFound):
            await repository.get(id)
        with pytest.raises(NotFound):
            await repository.remove(id)
    async with database.unit() as unit:
        assert (await kind(unit, theirs.shop).get(id)).id == id


@EACH
async def test_a_list_holds_and_counts_own_rows_only(
    database: Database, ours: Place, theirs: Place, kind: Kind
) -> None:
    id = await stored(database, kind, ours)
    await stored(database, kind, theirs)
    async with database.unit() as unit:
        page = await kind(unit, ours.shop).page(100, order="-id")
        assert page.rows[0].id == id
        assert {row.shop_id for row in page.rows} == {ours.shop}
        beyond = await kind(unit, ours.shop).page(100, offset=1000)
        assert beyond.count == page.count == len(page.rows)


@EACH
async def test_a_row_goes_into_the_shop_of_its_repository_whatever_it_says(
    database: Database, ours: Place, theirs: Place, kind: Kind
) -> None:
    row = ROWS[kind](ours)
    row.shop_id = theirs.shop
    async with database.unit() as unit:
        assert (await kind(unit, ours.shop).add(row)).shop_id == ours.shop


async def test_nothing_can_be_hung_onto_a_strangers_row(
    database: Database, ours: Place, theirs: Place
) -> None:
    with pytest.raises(Invalid) as caught:
        async with database.unit() as unit:
            await BotUsers(unit, ours.shop).add(BotUser(bot_id=theirs.bot, messenger_user_id="79"))
    assert caught.value.field == "bot_id"
    with pytest.raises(Invalid):
        async with database.unit() as unit:
            await BotUsers(unit, ours.shop).meet(BotUser(bot_id=theirs.bot, messenger_user_id="79"))
    flow = await stored(database, Flows, theirs)
    with pytest.raises(Invalid):
        async with database.unit() as unit:
            await Revisions(unit, ours.shop).add(Revision(flow_id=flow, number=1))


@pytest.mark.parametrize("id", [0, -1, LARGEST_ID, LARGEST_ID + 1, 10**30])
async def test_an_impossible_id_is_not_found(database: Database, ours: Place, id: int) -> None:
    async with database.unit() as unit:
        with pytest.raises(NotFound):
            await Bots(unit, ours.shop).get(id)
