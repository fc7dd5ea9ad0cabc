"""Run in the copy: says as JSON what the house knows of the channel that was dropped in."""

import json
import sys

import channels
from channels.kinds import KINDS, channel_class
from flows.effects import Send
from flows.events import Said

kind = channel_class("pigeon")
pigeon = kind("http://127.0.0.1:1/")
inbound = pigeon.parse(b'{"number": 7, "sender": "ada", "text": "Hello"}')
requests = pigeon.render(kind.Credentials.model_validate({"ring": "r"}), "ada", Send("Hello back"))
seen = {
    "house": channels.__file__,
    "kinds": KINDS,
    "schema": kind.Credentials.model_json_schema(),
    "heard": [[one.key, one.user, one.event.text] for one in inbound if isinstance(one.event, Said)],
    "sent": [[request.url, json.loads(request.body)] for request in requests],
}
json.dump(seen, sys.stdout)
