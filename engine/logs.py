"""What a process says of itself: one line an event, on standard error, and never a secret.

Everything goes one way, our own events and those of libraries: through the redaction, then as text or JSON.
"""

import logging
import re
import sys
from collections.abc import Mapping
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from engine.settings import Settings

MASK = "•••"
LOUD = ("uvicorn", "aiogram", "alembic", "asyncio", "pgqueuer", "sqlalchemy")
"""Libraries whose daily news nobody reads: of them only warnings are told."""

_SECRET_NAMES = re.compile(
    r"token|passw|secret|credential|authorization|cookie|api_?key|private|dsn|database_url|signature", re.I
)
_SECRETS = re.compile(
    r"""\d{6,}:[A-Za-z0-9_-]{30,}          # Telegram
    | \b\d{6,}:(?:TEST|LIVE):[\w-]+       # its tokens for payments
    | \bwhsec_[A-Za-z0-9+/=_-]+           # what payment providers and we sign with
    | \bsk-[A-Za-z0-9_-]{16,}             # keys of language models
    | (?<=://)[^\s/@:]*:[^\s@]+(?=@)       # user and password of an address
    | (?<=\bBearer\s)[^\s"']+
    | \b[0-9a-fA-F]{64}\b                  # our own tokens
    | \beyJ[\w-]+\.[\w-]+\.[\w-]*          # JSON web tokens
    | (?<=access_token=)[^\s&"']+""",
    re.VERBOSE | re.I,
)
_DEEPEST = 8


def set_up(settings: Settings, stream: TextIO | None = None) -> None:
    """Send all logs of the process to `stream` (standard error), as the settings say."""
    stream = stream or sys.stderr
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *before,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    shown = logging.StreamHandler(stream)
    shown.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                redact,
                _renderer(settings, stream),
            ],
        )
    )
    logging.root.handlers[:] = [shown]
    logging.root.setLevel(settings.log_level.upper())
    for name in LOUD:
        library = logging.getLogger(name)
        library.setLevel(max(logging.root.level, logging.WARNING))
        # A library that was set up before us would go on writing past the redaction.
        library.handlers.clear()
        library.propagate = True
    logging.captureWarnings(True)


def redact(_logger: WrappedLogger | None, _method: str, event: EventDict) -> EventDict:
    """The event with every secret masked: whatever is named like one, and whatever looks like one."""
    return {name: _masked(name, value, 0) for name, value in event.items()}


def _masked(name: str, value: object, depth: int) -> object:
    if _SECRET_NAMES.search(name) and value is not None and not isinstance(value, bool):
        return MASK
    if isinstance(value, bool | int | float | None):
        return value
    if isinstance(value, str):
        return _SECRETS.sub(MASK, value)
    if depth >= _DEEPEST:
        return MASK
    if isinstance(value, Mapping):
        return {str(key): _masked(str(key), inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked("", inner, depth + 1) for inner in value]
    return _SECRETS.sub(MASK, str(value))


def _renderer(settings: Settings, stream: TextIO) -> Processor:
    if settings.log_format == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(colors=stream.isatty())
