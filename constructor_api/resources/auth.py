"""Logging in and out."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, SecretStr

from constructor_api.border.throttle import Throttle
from constructor_api.grammar.envelope import Done, Ok, Refused, Shape
from constructor_api.grammar.errors import PROTECTED, UNREADABLE
from constructor_api.grammar.visit import Caller, RunningEngine, ShownToken
from engine import passwords
from engine.refusals import Unauthenticated
from engine.store.accounts import Accounts
from engine.store.tokens import Tokens

router = APIRouter(prefix="/api/auth", tags=["login"])

TRIES_OF_AN_ADDRESS = 50
"""Many people may share an address, so it is slowed down later than one account."""
_TOKEN: dict[int | str, dict[str, Any]] = {code: PROTECTED[code] for code in (401, 503)}
_LOGIN: dict[int | str, dict[str, Any]] = {
    **UNREADABLE,
    401: {"model": Refused, "description": "E-mail or password is not right"},
    422: PROTECTED[422],
    429: {"model": Refused, "description": "Too many attempts; `Retry-After` tells the seconds to wait"},
    503: PROTECTED[503],
}


class Login(Shape):
    email: Annotated[str, Field(min_length=3, max_length=320)]
    password: Annotated[SecretStr, Field(min_length=1, max_length=passwords.LONGEST)]


class Person(BaseModel):
    id: int
    email: str


class Session(BaseModel):
    """`token` goes into the header «Authorization: Bearer TOKEN»; `expiry` null: until it is revoked."""

    expiry: None
    token: str
    user: Person


class Attempts:
    """Both of who is tried and of who tries."""

    def __init__(self) -> None:
        self._by_account = Throttle()
        self._by_address = Throttle(TRIES_OF_AN_ADDRESS)

    def begin(self, email: str, address: str) -> None:
        """Counts as a failure until it has succeeded: many at once must not all be free.  Raises TooMany."""
        self._by_account.check(f"{address} {email}")
        self._by_address.check(address)
        self._by_account.failed(f"{address} {email}")
        self._by_address.failed(address)

    def succeeded(self, email: str, address: str) -> None:
        self._by_account.succeeded(f"{address} {email}")
        self._by_address.take_back(address)


@router.post("/login/", summary="Log in with e-mail and password", responses=_LOGIN)
async def login(request: Request, engine: RunningEngine, who: Login) -> Ok[Session]:
    """The answer to an unknown e-mail and to a wrong password is the same, and takes as long."""
    email = who.email.strip().lower()
    address = request.client.host if request.client else ""
    attempts: Attempts = request.app.state.attempts
    attempts.begin(email, address)
    async with engine.database.unit() as unit:
        account = await Accounts(unit).by_email(email)
    # Between the two transactions: hashing takes long enough to empty the pool of connections.
    right = await passwords.verify(
        who.password.get_secret_value(), account.password_hash if account else None
    )
    if account is None or not right:
        raise Unauthenticated("E-mail or password is not right.")
    attempts.succeeded(email, address)
    async with engine.database.unit() as unit:
        token = await Tokens(unit).issue(account.id, "login")
    return Ok(result=Session(expiry=None, token=token, user=Person(id=account.id, email=account.email)))


@router.post("/logout/", summary="Revoke the token used", responses=_TOKEN)
async def logout(visit: Caller, token: ShownToken) -> Done:
    await Tokens(visit.unit).revoke(token)
    return Done()


@router.post("/logoutall/", summary="Revoke all tokens of this account", responses=_TOKEN)
async def logoutall(visit: Caller) -> Done:
    await Tokens(visit.unit).revoke_all(visit.account.id)
    return Done()
