"""A table as the answer of a call."""

import asyncio
from collections.abc import AsyncIterator
from typing import IO, Annotated, Any

from fastapi import Query
from starlette.responses import StreamingResponse

from engine import sheets

PART = 65_536

Format = Annotated[sheets.Format, Query(description="As which kind of file")]
SHEET: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The table; CSV is in UTF-8 with commas",
        "content": {media_type.partition(";")[0]: {} for media_type in sheets.MEDIA_TYPES.values()},
    }
}


def as_sheet(file: IO[bytes], name: str, format: sheets.Format) -> StreamingResponse:
    """Sends the file bit by bit, and closes it."""
    headers = {"content-disposition": f'attachment; filename="{name}.{format}"'}
    return StreamingResponse(_parts(file), media_type=sheets.MEDIA_TYPES[format], headers=headers)


async def _parts(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while part := await asyncio.to_thread(file.read, PART):
            yield part
