"""Small flows that say one thing each."""

from typing import Any

MENU: dict[str, Any] = {
    "key": "main",
    "name": "Main",
    "start": "menu",
    "triggers": [{"on": "default"}],
    "steps": [
        {
            "id": "menu",
            "kind": "message",
            "text": "Hello {{ name }}",
            "menu": [
                {"id": "lead", "label": "Call me", "link": {"go": "forward", "to": "capture"}},
                {"id": "again", "label": "Again", "link": {"go": "restart"}},
            ],
        },
        {
            "id": "capture",
            "kind": "capture_lead",
            "form": "call",
            "fields": [{"variable": "name", "title": "Name"}],
            "next": {"go": "forward", "to": "thanks"},
        },
        {"id": "thanks", "kind": "message", "text": "Thanks", "next": {"go": "jump", "to": "menu"}},
    ],
}

REMINDER: dict[str, Any] = {
    "key": "reminder",
    "name": "Reminder",
    "start": "first",
    "triggers": [{"on": "start", "parameter": "remind"}],
    "steps": [
        {"id": "first", "kind": "message", "text": "Soon", "next": {"go": "forward", "to": "pause"}},
        {"id": "pause", "kind": "delay", "seconds": 1, "next": {"go": "forward", "to": "then"}},
        {"id": "then", "kind": "message", "text": "Now"},
    ],
}


def asking(url: str, retries: int = 0) -> dict[str, Any]:
    """A flow that asks another system, and says what it answered."""
    return {
        "key": "main",
        "name": "Main",
        "start": "ask",
        "triggers": [{"on": "default"}],
        "steps": [
            {
                "id": "ask",
                "kind": "http_request",
                "url": url,
                "retries": retries,
                "mapping": [{"path": "price", "variable": "price"}],
                "success": {"go": "forward", "to": "tell"},
                "error": {"go": "forward", "to": "sorry"},
            },
            {"id": "tell", "kind": "message", "text": "It costs {{ price }}"},
            {"id": "sorry", "kind": "message", "text": "No answer"},
        ],
    }


ENDLESS: dict[str, Any] = {
    "key": "main",
    "name": "Main",
    "start": "menu",
    "triggers": [{"on": "default"}],
    "steps": [
        {
            "id": "menu",
            "kind": "message",
            "text": "Hello",
            "menu": [{"id": "spin", "label": "Spin", "link": {"go": "forward", "to": "spin"}}],
        },
        {"id": "spin", "kind": "message", "text": "Round", "next": {"go": "jump", "to": "spin"}},
    ],
}
