"""Where payment providers tell what was paid.

A wrong signature and a way of paying that is not there get the same answer, so that nobody can look for them.
"""

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from constructor_api.grammar.errors import answer, answer_refusal
from constructor_api.hooks import headers_of, places_of
from engine.payments.base import NotGenuine
from engine.refusals import Unavailable
from engine.runtime import Engine

log = structlog.get_logger()


async def payment_hook(request: Request) -> Response:
    """200 once what was told is committed, whether it settles its order or not: to repeat it changes nothing.

    503 where it must come again.
    """
    engine: Engine = request.app.state.engine
    shop_id, method_id = places_of(request)
    body = await request.body()
    try:
        payment = await engine.till.read(shop_id, method_id, headers_of(request), body)
        if payment is None:
            log.warning("payment unreadable", shop=shop_id, method=method_id, size=len(body))
            return answer(422, "invalid", {"common": "This does not tell of a payment."})
        await engine.till.take(shop_id, method_id, payment)
    except NotGenuine:
        log.warning("payment not genuine", shop=shop_id, method=method_id)
        return answer(401, "unauthenticated", {"common": "The signature is not right, or too old."})
    except Unavailable as refusal:
        log.warning("payment put off", shop=shop_id, method=method_id)
        return answer_refusal(refusal)
    return JSONResponse({"ok": True})
