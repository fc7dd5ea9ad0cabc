"""The pages and scripts that a person's browser fetches; all they know of a shop they ask over HTTP."""

from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from hashlib import sha256
from json import dumps
from pathlib import Path
from typing import Annotated, NamedTuple

import yaml
from fastapi import APIRouter, Depends, Request
from fastapi import Path as InPath
from fastapi.responses import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

HERE = Path(__file__).parent
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
LOADER = "widget.js"
AT_THE_SITE = frozenset({LOADER, "launcher.js"})
"""Scripts for other people's pages; the chat page does without them."""

Framing = Callable[[int, int], Awaitable[Sequence[str]]]
"""Which origins may show the chat of a shop's bot in a frame: shop id and bot id in."""

Id = Annotated[int, InPath(ge=1, lt=2**63)]

router = APIRouter(include_in_schema=False)
_templates = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, auto_reload=False
)


class Asset(NamedTuple):
    body: bytes
    media_type: str
    etag: str


@cache
def words() -> dict[str, dict[str, str]]:
    """What the chat says: language → key → text."""
    catalogue: dict[str, dict[str, str]] = yaml.safe_load((HERE / "words.yaml").read_text(encoding="utf-8"))
    languages = {language for texts in catalogue.values() for language in texts}
    return {lang: {key: texts[lang] for key, texts in catalogue.items()} for lang in sorted(languages)}


@cache
def assets() -> dict[str, Asset]:
    """Every file of the chat by name, read once; `words.js` is made from the catalogue."""
    found = {path.name: path.read_bytes() for path in sorted((HERE / "chat").iterdir()) if path.is_file()}
    found["words.js"] = f"export default {dumps(words(), ensure_ascii=False)};\n".encode()
    return {name: _asset(name, body) for name, body in found.items()}


@cache
def version() -> str:
    """Changes whenever any file of the chat does: what stands under it in an address may be kept for ever."""
    return sha256("".join(asset.etag for asset in assets().values()).encode()).hexdigest()[:12]


def _asset(name: str, body: bytes) -> Asset:
    return Asset(body, TYPES[Path(name).suffix], f'"{sha256(body).hexdigest()[:16]}"')


async def framing(request: Request, shop_id: Id, bot_id: Id) -> Sequence[str]:
    """The origins that the composition root's `app.state.framing` allows; without it only our own."""
    allowed: Framing | None = getattr(request.app.state, "framing", None)
    return await allowed(shop_id, bot_id) if allowed else ()


@router.get("/chat/{shop_id}/{bot_id}/")
async def chat(shop_id: Id, bot_id: Id, ancestors: Annotated[Sequence[str], Depends(framing)]) -> Response:
    """The chat of one bot, as a page of its own or in the frame of a site that the bot names."""
    modules = [name for name in assets() if name.endswith(".js") and name not in AT_THE_SITE]
    page = _templates.get_template("chat.html").render(
        shop_id=shop_id, bot_id=bot_id, assets=f"/assets/chat/{version()}", modules=modules
    )
    headers = {
        "Content-Security-Policy": _policy(ancestors),
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(self)",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-cache",
    }
    return Response(page, media_type="text/html", headers=headers)


def _policy(ancestors: Sequence[str]) -> str:
    """Scripts and styles only from our files, and none made from text: `trusted-types 'none'`."""
    rules = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "img-src": "'self' https: http:",
        "media-src": "https: http:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": " ".join(("'self'", *ancestors)),
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


@router.get(f"/{LOADER}")
async def widget(request: Request) -> Response:
    """The one line that a site embeds; its address never changes, so it is asked for anew now and then."""
    return _serve(request, LOADER, "public, max-age=300")


@router.get("/assets/chat/{edition}/{name}")
async def asset(request: Request, edition: str, name: str) -> Response:
    """A file of the chat; `edition` is the `version`, or anything else for whatever is current."""
    lasting = edition == version()
    return _serve(request, name, "public, max-age=31536000, immutable" if lasting else "no-cache")


def _serve(request: Request, name: str, caching: str) -> Response:
    found = assets().get(name)
    if found is None:
        return Response(status_code=404)
    headers = {
        "Cache-Control": caching,
        "ETag": found.etag,
        "X-Content-Type-Options": "nosniff",
        # A module loaded by another site's page comes under CORS; these files are the same for everybody.
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if request.headers.get("if-none-match") == found.etag:
        return Response(status_code=304, headers=headers)
    return Response(found.body, media_type=found.media_type, headers=headers)
