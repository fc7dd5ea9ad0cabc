"""Who calls, and what he may do in which shop: every operation behind the door starts here."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Annotated, NamedTuple

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from engine.access import Action, Role, may
from engine.refusals import Forbidden, NotFound, Unauthenticated
from engine.runtime import Engine
from engine.store.accounts import Account
from engine.store.audit import AuditTrail, Subject
from engine.store.shops import Shop, Shops
from engine.store.table import ShopTable
from engine.store.tokens import Tokens
from engine.store.unit import Unit
from engine.store.whereabouts import shop_with
from flows.json_value import JSON

Facts = dict[str, JSON]

_bearer = HTTPBearer(auto_error=False, description="The token that login gave")


def _engine(request: Request) -> Engine:
    engine: Engine = request.app.state.engine
    return engine


def _token(shown: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> str:
    if shown is None:
        raise Unauthenticated("Log in, and send the header «Authorization: Bearer TOKEN».")
    return shown.credentials


RunningEngine = Annotated[Engine, Depends(_engine)]
ShownToken = Annotated[str, Depends(_token)]


class Inside(NamedTuple):
    """A person in a shop, allowed what he came for."""

    visit: "Visit"
    shop: Shop
    role: Role

    @property
    def shop_id(self) -> int:
        return self.shop.id

    @property
    def unit(self) -> Unit:
        return self.visit.unit

    @property
    def engine(self) -> Engine:
        return self.visit.engine

    def after_commit(self, hook: Callable[[], None]) -> None:
        self.visit.unit.after_commit(hook)

    async def record(
        self,
        action: str,
        subject: str,
        id: int | None,
        *,
        before: Facts | None = None,
        after: Facts | None = None,
    ) -> None:
        """Keeps in the audit log what is done here, in the same transaction.  No secrets."""
        trail = AuditTrail(self.unit, self.shop_id)
        who = self.visit.account.id
        await trail.record(who, action, Subject(subject, id), before=before, after=after)


class Visit:
    """One call of a person who is logged in: one transaction."""

    def __init__(self, engine: Engine, unit: Unit, account: Account) -> None:
        self.engine = engine
        self.unit = unit
        self.account = account

    async def enter(self, shop_id: int, action: Action) -> Inside:
        """The shop, to do that in.  Raises NotFound for a stranger's, Forbidden for too low a role."""
        shop, role = await Shops(self.unit).enter(self.account.id, shop_id)
        if not may(role, action):
            raise Forbidden("Your role in this shop does not allow this.")
        return Inside(self, shop, role)

    async def enter_with(
        self, table: type[ShopTable], id: int, action: Action, shop_id: int | None = None
    ) -> Inside:
        """The shop that has this row; where the caller names one, that one.  Raises NotFound, Forbidden."""
        if shop_id is None:
            shop_id = await shop_with(self.unit, self.account.id, table, id)
            if shop_id is None:
                raise NotFound(table.__name__.lower())
        return await self.enter(shop_id, action)


@asynccontextmanager
async def visiting(engine: Engine, token: str) -> AsyncIterator[Visit]:
    """A transaction of whoever holds the token; it commits at the end.  Raises Unauthenticated."""
    async with engine.database.unit() as unit:
        yield Visit(engine, unit, await Tokens(unit).recognise(token))


async def _visit(engine: RunningEngine, token: ShownToken) -> AsyncIterator[Visit]:
    async with visiting(engine, token) as visit:
        yield visit


# The end is the commit: it must be over before the answer says that all went well.
Caller = Annotated[Visit, Depends(_visit, scope="function")]
