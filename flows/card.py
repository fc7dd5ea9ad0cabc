"""What is known of a bot user: the «user card» that flows read and write."""

from msgspec import Struct, field

from flows.json_value import JSON


class CartLine(Struct, frozen=True):
    """So many of one variant of a product."""

    variant: int
    quantity: int


class Cart(Struct, frozen=True, omit_defaults=True):
    """What a bot user wants to buy: each variant once, in the order of choosing; prices are the shop's."""

    lines: tuple[CartLine, ...] = ()
    promo: str = ""
    """The promo code that he entered, as the shop writes it."""

    @property
    def count(self) -> int:
        return sum(line.quantity for line in self.lines)


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
    cart: Cart = Cart()

    def facts(self) -> dict[str, JSON]:
        """What templates and conditions may read beside the variables; no expression can set these."""
        return {
            "channel": self.channel,
            "messenger_user_id": self.messenger_user_id,
            "start_parameter": self.start_parameter,
            "lang_code": self.lang_code,
            "subscribed": self.subscribed,
            "cart_count": self.cart.count,
        }


FACTS = frozenset(Card().facts())
