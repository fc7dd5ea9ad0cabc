"""The channel cases on disk: `cases/<kind>/{credentials,webhooks,messages,answers}.json`."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from channels.base import Channel
from channels.kinds import channel_class

FOLDER = Path(__file__).parent / "cases"


def cases(name: str) -> list[Any]:
    """All kinds' cases of a sort, as parameters `kind, case`."""
    return [
        pytest.param(path.parent.name, case, id=f"{path.parent.name}: {case['title']}")
        for path in sorted(FOLDER.glob(f"*/{name}.json"))
        for case in json.loads(path.read_text())
    ]


def body(case: dict[str, Any]) -> bytes:
    """What came over the wire: `text` as it stands, or `body` as JSON with every odd character escaped."""
    return case["text"].encode() if "text" in case else json.dumps(case["body"]).encode()


def credentials(kind: str) -> BaseModel:
    return channel_class(kind).Credentials.model_validate_json(
        (FOLDER / kind / "credentials.json").read_text()
    )


def channel(kind: str) -> Channel[BaseModel]:
    return channel_class(kind)()
