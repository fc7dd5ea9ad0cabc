"""The channel that a house test drops into a copy of the house."""

import hmac
from collections.abc import Mapping

import msgspec
from pydantic import BaseModel, ConfigDict, SecretStr

from channels.base import ApiRequest, Channel, Inbound, Limits, Sent, Undelivered
from flows.effects import Send
from flows.events import Said


class Loft(BaseModel):
    """Where the pigeon comes home."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ring: SecretStr


class Note(msgspec.Struct):
    """What is tied to the pigeon's leg."""

    number: int
    sender: str
    text: str


class Pigeon(Channel[Loft]):
    """One note a flight, no buttons."""

    title = "Carrier pigeon"
    limits = Limits(text=160)
    default_url = "http://loft.example"
    Credentials = Loft

    def verify(self, credentials: Loft, secret: str, headers: Mapping[str, str], body: bytes) -> bool:
        return hmac.compare_digest(headers.get("x-ring", "").encode(), secret.encode())

    def parse(self, body: bytes) -> list[Inbound]:
        try:
            note = msgspec.json.decode(body, type=Note)
        except msgspec.DecodeError:
            return []
        return [Inbound(key=str(note.number), user=note.sender, event=Said(note.text))]

    def render(self, credentials: Loft, to: str, message: Send) -> list[ApiRequest]:
        body = msgspec.json.encode({"to": to, "text": message.text})
        return [ApiRequest(url=f"{self.base_url}/fly", body=body, label="fly")]

    def classify(self, status: int, headers: Mapping[str, str], body: bytes) -> Sent | Undelivered:
        return Sent("home") if status == 200 else Undelivered("retry", "lost in a storm")
