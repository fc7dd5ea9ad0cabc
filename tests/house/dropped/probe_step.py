"""Run in the copy: says as JSON what the house knows of the kind that was dropped in."""

import json
import sys
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import flows
from engine.state import State
from engine.turn import Occasion, hear
from flows.card import Card
from flows.document import Flow
from flows.effects import Send
from flows.events import Started
from flows.library import Library, Program
from flows.steps import KINDS, STEP
from flows.yaml_text import load

FLOW = """
key: valley
name: Valley
start: hill
triggers: [{on: default}]
steps:
  - {id: hill, kind: echo_twice, call: 'Hello, {{ name }}'}
"""

flow = Flow.model_validate(load(FLOW))
card = Card(variables={"name": "Ada"})
occasion = Occasion(datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo("UTC"))
turn = hear(Library([Program(1, flow)]), State(), card, Started(), occasion)
seen = {
    "house": flows.__file__,
    "kinds": list(KINDS),
    "schema": STEP.json_schema(),
    "ports": [port.field for port in flow.steps[0].ports()],
    "said": [effect.text for effect in turn.effects if isinstance(effect, Send)],
}
json.dump(seen, sys.stdout)
