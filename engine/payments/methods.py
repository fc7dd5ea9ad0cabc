"""A shop's ways of paying: set up by its form, and opened again."""

from collections.abc import Mapping

from msgspec import json
from pydantic import BaseModel, ValidationError

from engine.payments.base import Payments
from engine.payments.kinds import UnknownPayments, payments_class
from engine.refusals import Invalid, NotFound
from engine.secrets import SecretFault, Vault
from engine.store.payment_methods import PaymentMethod, PaymentMethods
from engine.store.unit import Unit
from flows.fault_words import sentence
from flows.json_value import JSON

PLACE = "payment_method.secret"


async def add_method(
    unit: Unit, vault: Vault, shop_id: int, kind: str, settings: Mapping[str, JSON], title: str = ""
) -> PaymentMethod:
    """A new way of paying, its secrets sealed.  Raises Invalid, which never shows them."""
    try:
        cls = payments_class(kind)
        given = cls.Settings.model_validate(dict(settings))
    except UnknownPayments as unknown:
        raise Invalid({"kind": f"{str(unknown).capitalize()}."}) from None
    except ValidationError as error:
        raise Invalid(_faults(error)) from None
    secrets = _secrets(cls.Settings)
    method = PaymentMethod(kind=kind, title=title or cls.title, online=cls.online)
    method.settings = given.model_dump(mode="json", exclude=secrets)
    await PaymentMethods(unit, shop_id).add(method)
    if secrets:
        kept = given.model_dump_json(include=secrets).encode()
        method.secret = vault.seal(shop_id, PLACE, method.id, kept)
        await unit.flush()
    return method


def opened(vault: Vault, method: PaymentMethod) -> Payments[BaseModel]:
    """Raises NotFound where it cannot be read."""
    try:
        cls = payments_class(method.kind)
        kept: dict[str, JSON] = {}
        if method.secret is not None:
            kept = json.decode(vault.open(method.shop_id, PLACE, method.id, method.secret))
        return cls(cls.Settings.model_validate(method.settings | kept))
    except (UnknownPayments, SecretFault, ValidationError):
        raise NotFound("way of paying that can be read; set it up again") from None


def _secrets(settings: type[BaseModel]) -> set[str]:
    return {
        name
        for name, field in settings.model_fields.items()
        if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("widget") == "secret"
    }


def _faults(error: ValidationError) -> dict[str, str]:
    faults = error.errors(include_input=False, include_url=False)
    return {".".join(("settings", *map(str, fault["loc"]))): sentence(fault, "This") for fault in faults}
