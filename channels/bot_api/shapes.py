"""Updates of the Bot API, as far as we read them.  No field is needed: what is missing stays empty."""

from typing import Annotated

from msgspec import Meta, Struct, field

Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Size = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class User(Struct, frozen=True):
    id: Id = 1
    is_bot: bool = False
    first_name: str = ""
    last_name: str = ""
    username: str = ""
    language_code: str = ""


class Chat(Struct, frozen=True):
    type: str = "private"


class Media(Struct, frozen=True):
    file_id: str = ""
    mime_type: str = ""
    file_name: str = ""
    file_size: Size | None = None


class SharedContact(Struct, frozen=True):
    phone_number: str = ""
    first_name: str = ""
    last_name: str = ""
    user_id: int | None = None


class Place(Struct, frozen=True):
    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]


class SuccessfulPayment(Struct, frozen=True):
    currency: str = ""
    total_amount: int = 0
    invoice_payload: str = ""
    telegram_payment_charge_id: str = ""
    provider_payment_charge_id: str = ""


class PreCheckout(Struct, frozen=True):
    """What is asked before a bill is paid."""

    id: str = ""
    sender: User | None = field(default=None, name="from")
    currency: str = ""
    total_amount: int = 0
    invoice_payload: str = ""


class Message(Struct, frozen=True):
    """`date` is 0 in place of a message that is deleted or too old to be seen."""

    message_id: int = 0
    date: int = 0
    sender: User | None = field(default=None, name="from")
    chat: Chat = Chat()
    text: str = ""
    caption: str = ""
    photo: list[Media] = []
    document: Media | None = None
    video: Media | None = None
    video_note: Media | None = None
    audio: Media | None = None
    voice: Media | None = None
    sticker: Media | None = None
    contact: SharedContact | None = None
    location: Place | None = None
    successful_payment: SuccessfulPayment | None = None


class CallbackQuery(Struct, frozen=True):
    id: str = ""
    sender: User | None = field(default=None, name="from")
    data: str = ""
    message: Message | None = None


class Membership(Struct, frozen=True):
    status: str = ""


class ChatMember(Struct, frozen=True):
    sender: User | None = field(default=None, name="from")
    chat: Chat = Chat()
    new_chat_member: Membership = Membership()


class Update(Struct, frozen=True):
    update_id: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None
    message: Message | None = None
    callback_query: CallbackQuery | None = None
    my_chat_member: ChatMember | None = None
    pre_checkout_query: PreCheckout | None = None
