"""What is known of a bot user: the «user card» that flows read and write."""

from msgspec import Struct, field

from flows.json_value import JSON


class Card(Struct, frozen=True, kw_only=True):
    """One bot user as a flow sees him.  `variables` starts with what the messenger told (name, phone)."""

    channel: str = ""
    messenger_user_id: str = ""
    start_parameter: str = ""
    lang_code: str = ""
    subscribed: bool = True
    reachable: bool = True
    """False once the user blocked the bot: nothing is sent until he comes back."""
    variables: dict[str, JSON] = field(default_factory=dict)
    tags: tuple[str, ...] = ()

    def facts(self) -> dict[str, JSON]:
        """What templates and conditions may read beside the variables; no expression can set these."""
        return {
            "channel": self.channel,
            "messenger_user_id": self.messenger_user_id,
            "start_parameter": self.start_parameter,
            "lang_code": self.lang_code,
            "subscribed": self.subscribed,
        }


FACTS = frozenset(Card().facts())
