"""What a refusal is called in HTTP: the one place that knows."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from msgspec import to_builtins
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Match

from constructor_api.grammar.envelope import ProblemView, Refused
from engine.refusals import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Refusal,
    TooMany,
    Unauthenticated,
    Unavailable,
    Unsound,
)
from flows.fault_words import sentence

log = structlog.get_logger()

STATUS: dict[type[Refusal], int] = {
    Refusal: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Invalid: 422,
    Unsound: 422,
    TooMany: 429,
    Unavailable: 503,
}
_WORDS = {400: "malformed", 404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported"}
_SHORTEST_WAIT = 1
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

UNREADABLE: dict[int | str, dict[str, Any]] = {
    400: {"model": Refused, "description": "The body is no JSON in UTF-8"},
    413: {"model": Refused, "description": "The body is too large"},
    415: {"model": Refused, "description": "The body is of another type, or compressed"},
}
PROTECTED: dict[int | str, dict[str, Any]] = {
    **UNREADABLE,
    401: {"model": Refused, "description": "Nobody is logged in, or the token is not known"},
    403: {"model": Refused, "description": "The role in this shop does not allow it"},
    404: {"model": Refused, "description": "There is no such thing in any shop of the caller"},
    422: {"model": Refused, "description": "A field is missing or wrong; `errors` names it"},
    503: {"model": Refused, "description": "The database cannot be reached; try again"},
}
"""The error answers of every call that needs a token."""
CONTESTED: dict[int | str, dict[str, Any]] = {
    409: {"model": Refused, "description": "Somebody else was first; `current` is the revision that stands"},
}


def answer(status: int, code: str, errors: dict[str, str], **more: Any) -> Response:
    refused = Refused(errors=errors, code=code, **more).model_dump()
    return JSONResponse({name: value for name, value in refused.items() if value is not None}, status)


def _refused(_: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)
    return answer_refusal(refusal)


def answer_refusal(refusal: Refusal) -> Response:
    status = next(STATUS[kind] for kind in type(refusal).__mro__ if kind in STATUS)
    more: dict[str, Any] = {}
    errors = {refusal.field or "common": refusal.message}
    match refusal:
        case Invalid(errors=found):
            errors = found
        case Conflict(current=int(current)):
            more["current"] = current
        case Unsound(problems=problems):
            more["problems"] = [problem_view(problem) for problem in problems]
    response = answer(status, refusal.code, errors, **more)
    if isinstance(refusal, TooMany):
        response.headers["retry-after"] = str(max(_SHORTEST_WAIT, round(refusal.retry_after)))
    elif isinstance(refusal, Unavailable):
        response.headers["retry-after"] = str(_SHORTEST_WAIT)
    elif isinstance(refusal, Unauthenticated):
        response.headers["www-authenticate"] = "Bearer"
    return response


def problem_view(problem: object) -> ProblemView:
    """A problem of the rules, as the API tells it."""
    return ProblemView.model_validate(to_builtins(problem))


def _misshapen(_: Request, error: Exception) -> Response:
    """What was sent is never repeated: it may be a password, or unfit for an answer."""
    assert isinstance(error, RequestValidationError)
    faults = [{**fault, "loc": fault["loc"][1:]} for fault in error.errors()]
    return answer(422, Invalid.code, fields(faults))


def fields(faults: Iterable[Mapping[str, Any]], within: str = "") -> dict[str, str]:
    """What pydantic found, in plain words by the path of the field, which starts with `within`."""
    errors: dict[str, str] = {}
    for fault in faults:
        path = ".".join((*filter(None, [within]), *map(str, fault["loc"])))
        errors.setdefault(path or "common", sentence(fault, "This" if path else "The body"))
    return errors


def _is_served(request: Request, method: str) -> bool:
    scope = {**request.scope, "method": method}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _WORDS.get(error.status_code, "refused")
    response = answer(error.status_code, code, {"common": f"{error.detail}."})
    response.headers.update(error.headers or {})
    if error.status_code == 405:
        # The router tells only what the first of several operations at an address takes.
        response.headers["allow"] = ", ".join(filter(partial(_is_served, request), _METHODS))
    return response


def speak_envelope(app: FastAPI) -> None:
    """Every way to fail answers in the envelope."""
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _misshapen)
    app.add_exception_handler(HTTPException, _http)
