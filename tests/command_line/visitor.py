"""Somebody at the demo shop's door: over HTTP, and through the socket of its chat."""

import json
import re
import urllib.request
from typing import Any
from uuid import uuid4

from websockets.sync.client import connect

ANSWERS = ["Leave a request", "Ann", "+1 212 555 0123", "Nothing special", "Send"]
ORDERING = [
    *("Order to my door", "📁 From the oven", "Croissant · $2.40", "1", "1", "1", "🛒 Cart · 3"),
    *("✅ Place the order · $7.20", "Ann", "+1 212 555 0123", "1", "No comment"),
    "Confirm",
]


def fetch(address: str, body: object = None, token: str = "") -> Any:
    """The JSON that an address answers; with a body it is posted."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    raw = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(address, raw, headers)
    with urllib.request.urlopen(asked, timeout=20) as answer:
        return json.loads(answer.read())


def page(address: str) -> str:
    with urllib.request.urlopen(address, timeout=20) as answer:
        text: str = answer.read().decode()
        return text


class Shown:
    """What `botique demo` told."""

    def __init__(self, said: str) -> None:
        self._said = said

    def __getitem__(self, title: str) -> str:
        found = re.search(rf"^{re.escape(title)}: (\S+)", self._said, re.M)
        assert found, f"«{title}» is not in:\n{self._said}"
        return found[1]

    @property
    def root(self) -> str:
        return self["Talk to the bot"].partition("/chat/")[0]

    def leads(self) -> list[dict[str, Any]]:
        """As the owner sees them, logged in as it was told."""
        return self._listed("store/leads")

    def talk(self) -> str:
        """Fill in the lead form through the web chat, and order croissants; what the bot said."""
        door = self["Talk to the bot"].replace("/chat/", "/widget/")
        token = fetch(f"{door}session/", {})["result"]["token"]
        with connect(door.replace("http", "ws", 1) + "ws/", proxy=None) as socket:
            socket.send(json.dumps({"t": "hello", "token": token}))
            said = self._told(socket, "What can I do for you?")
            for answer in ANSWERS:
                socket.send(json.dumps({"t": "say", "id": uuid4().hex, "text": answer}))
            said += self._told(socket, "Thank you, Ann!")
            for answer in ORDERING:
                socket.send(json.dumps({"t": "say", "id": uuid4().hex, "text": answer}))
            return said + self._told(socket, "is placed")

    def orders(self) -> list[dict[str, Any]]:
        """As the owner sees them."""
        return self._listed("shop/orders")

    def _listed(self, what: str) -> list[dict[str, Any]]:
        login = {"email": self["E-mail"], "password": self["Password"]}
        token = fetch(f"{self.root}/api/auth/login/", login)["result"]["token"]
        listed = fetch(f"{self.root}/api/{what}/?shop_id={self['Shop']}", token=token)
        found: list[dict[str, Any]] = listed["result"]["results"]
        return found

    def _told(self, socket: Any, mark: str) -> str:
        said = ""
        while mark not in said:
            said += json.loads(socket.recv(timeout=20)).get("text", "") + "\n"
        return said
