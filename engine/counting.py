"""What the engine counts of itself, in the terms of Prometheus.  No label names a shop, a bot or a person.

Whoever counts does it once a batch where work comes in batches: a label is looked up anew with every call.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import generate_latest

ENGINE = CollectorRegistry()
"""All of the below, and what the process takes: memory, CPU, open files."""

ProcessCollector(registry=ENGINE)

TURNS = Counter(
    "botique_turns",
    "Turns, by what became of them: written, replayed, passed_over or poisoned",
    ("outcome",),
    registry=ENGINE,
)
"""Replayed: it lost a race and is played again.  Passed over: taken before, or nobody is there any more.
Poisoned: it failed and is set aside for a person."""

BATCH = Histogram(
    "botique_batch_turns", "Turns of one batch", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256), registry=ENGINE
)
"""One observation a batch.  Ones alone: an idle system.  All at the upper end: one at its limit."""

COMMIT_SECONDS = Histogram(
    "botique_commit_seconds",
    "Time a batch took to be read, played and written",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=ENGINE,
)

WAITING = Gauge("botique_waiting_turns", "Events that wait for a batch", registry=ENGINE)

REFUSED = Counter(
    "botique_refused", "Events sent back to be brought again, by why: full or away", ("why",), registry=ENGINE
)
"""Full: too much was waiting.  Away: the database could not be reached."""

SENT = Counter("botique_sent", "Messages that a messenger took", ("channel",), registry=ENGINE)

UNDELIVERED = Counter(
    "botique_undelivered",
    "Attempts to send that a messenger did not take, by why: retry, slow, gone, auth, refused",
    ("channel", "why"),
    registry=ENGINE,
)
"""Retry and slow are sent again, auth too once the bot's owner has mended it; the others are given up.

A mistake of ours, whatever the channel, is counted as `any` and `mistake`; its message is given up.
"""

SEND_SECONDS = Histogram(
    "botique_send_seconds",
    "Time a messenger took to answer",
    ("channel",),
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=ENGINE,
)

OUTBOX_LAG = Gauge(
    "botique_outbox_lag_seconds",
    "Age of the oldest message that could be sent now and is not",
    registry=ENGINE,
)
"""Of the lanes of this process; the greatest of all processes is what people wait for."""

LANES = Gauge("botique_lanes", "Bots for which this process sends", registry=ENGINE)

TIMERS = Counter("botique_timers", "Delays whose moment came and that were handed to a turn", registry=ENGINE)

TIMER_LATENESS = Histogram(
    "botique_timer_lateness_seconds",
    "How late a delay was noticed",
    buckets=(0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600),
    registry=ENGINE,
)

CALLS = Counter(
    "botique_calls",
    "Questions to other systems, by outcome: answered, failed, retried or lost",
    ("outcome",),
    registry=ENGINE,
)
"""Failed: no answer came that could be used, and the step was told so.  Lost: asked again by its lease."""

NOTICES = Counter(
    "botique_notices",
    "Notices to the staff, by outcome: sent, retried or failed",
    ("outcome",),
    registry=ENGINE,
)

JOBS_DONE = Counter(
    "botique_jobs",
    "Background jobs, by outcome: done, put_off or broken_off",
    ("job", "outcome"),
    registry=ENGINE,
)

ROUNDS = Counter(
    "botique_rounds",
    "Rounds of the loops that do the work, by outcome: done, refused or failed",
    ("loop", "outcome"),
    registry=ENGINE,
)
"""A loop that makes no more rounds is stuck.  Refused: the database was away, or too busy."""


def exposed() -> bytes:
    """All of them in the text form of Prometheus."""
    return generate_latest(ENGINE)
