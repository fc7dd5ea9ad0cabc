"""Places where tests may end, freeze or break the process: the points of a message's way, by name.

Nothing is set in production, and then a failpoint costs one look into an empty dictionary.
"""

POINTS = (
    "hook_taken",  # a webhook's body is read, nothing is queued
    "before_commit",  # a batch is played
    "after_commit",  # it is written, and nobody knows yet
    "handed_off",  # the lane has the messages, the webhook is not answered
    "lane_taken",
    "before_send",
    "after_send",  # the messenger has answered, nothing is written
    "before_settle",
    "after_settle",
    "timer_claimed",
    "call_claimed",
    "call_answered",  # the outside has answered, its turn is not played
    "notice_claimed",
    "notice_sent",
    "stopping",  # told to end, before anything is given back
)

_set: dict[str, str] = {}


def failpoint(name: str) -> None:
    """A point of the way is reached; whatever is set for it happens."""
    if name in _set:
        raise NotImplementedError(name)
