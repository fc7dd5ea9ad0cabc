"""Accounts from the command line."""

from constructor_api.commands.errands import errand
from constructor_api.commands.terminal import Advice
from constructor_api.commands.zones import zone_named
from engine.passwords import LONGEST, hash_password
from engine.refusals import Conflict
from engine.runtime import Engine
from engine.store.accounts import Account, Accounts
from engine.store.shops import Shop, Shops
from flows.answers import email as address_in

SHORTEST = 8
MOST_SHOWN = 1_000


def add_account(email: str, password: str, shop: str, zone: str) -> int | None:
    """The number of the shop that was opened with it.  Raises Advice."""
    address = address_in(email)
    if address is None:
        raise Advice(f"«{email}» is no e-mail address.", code=2)
    if len(password) < SHORTEST:
        raise Advice(f"The password is too short. It needs {SHORTEST} characters.", code=2)
    if len(password) > LONGEST:
        raise Advice(f"The password is too long. It may have {LONGEST} characters at most.", code=2)
    name = zone_named(zone).key

    async def adding(engine: Engine) -> int | None:
        hashed = await hash_password(password)
        async with engine.database.unit() as unit:
            try:
                account = await Accounts(unit).add(Account(email=address, password_hash=hashed))
            except Conflict:
                raise Advice(f"There is an account {address} already.") from None
            if not shop:
                return None
            return (await Shops(unit).open(account.id, Shop(name=shop, timezone=name))).id

    return errand(adding)


def shops_of(email: str) -> list[tuple[int, str, str]]:
    """Number, name and the account's role in each.  Raises Advice."""

    async def reading(engine: Engine) -> list[tuple[int, str, str]]:
        async with engine.database.unit() as unit:
            account = await Accounts(unit).by_email(email)
            if account is None:
                raise Advice(f"There is no account {email}. botique account add makes one.")
            page = await Shops(unit).of_account(account.id, MOST_SHOWN)
        return [(entered.shop.id, entered.shop.name, entered.role) for entered in page.rows]

    return errand(reading)
