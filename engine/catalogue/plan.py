"""What a table would change in a catalogue, and what in it is bad.  Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from engine.catalogue.columns import Column, Heading
from engine.catalogue.goods import Goods, Path
from engine.catalogue.rows import Bad, Offer, Row, is_address
from engine.sheet_reading import Line, tidied
from engine.store.products import Product, Variant

_TEXTS: dict[Column, str] = {"name": "title", "sku": "sku", "description": "description"}
_OF_PRODUCT: tuple[Column, ...] = (*_TEXTS, "photo")
_ODD_PICTURE = (
    "A picture must be an address that begins with http:// or https://, without spaces."
    " Separate several by | or new lines."
)
_NAMED = ", or name their options"


class VariantChange(NamedTuple):
    """`variant` None: a new one.  `fields`: only what differs."""

    variant: Variant | None
    fields: dict[str, Any]


@dataclass(slots=True)
class Change:
    """What becomes of one product; `product` None: a new one.  `path`: where it shall stand, if elsewhere."""

    line: int
    product: Product | None
    fields: dict[str, Any] = field(default_factory=dict)
    path: Path | None = None
    variants: list[VariantChange] = field(default_factory=list)

    @property
    def is_one(self) -> bool:
        return bool(self.fields or self.path is not None or self.variants or self.product is None)

    @property
    def sku(self) -> str:
        """The one that it ends with."""
        return str(self.fields.get("sku", self.product.sku if self.product else ""))


@dataclass(slots=True)
class Plan:
    """`priorities`: where categories shall stand among their neighbours, of those that move."""

    notes: list[str]
    bad: list[Bad] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    priorities: dict[Path, int] = field(default_factory=dict)

    @property
    def new(self) -> int:
        return sum(change.product is None for change in self.changes)

    @property
    def unchanged(self) -> int:
        return sum(not change.is_one for change in self.changes)

    @property
    def changed(self) -> int:
        return len(self.changes) - self.new - self.unchanged


def plan(
    lines: Sequence[Line],
    heading: Heading,
    goods: Goods,
    currency: str,
    each: Callable[[], None] = lambda: None,
) -> Plan:
    """`lines` without the heading.  `each` is called after every one of them."""
    made = Plan(list(heading.notes))
    groups: dict[tuple[object, ...], tuple[Product | None, list[Offer]]] = {}
    for line in lines:
        row = Row(line, heading, currency)
        offer = row.offer()
        found = row.bad or goods.find(offer)
        if isinstance(found, list):
            made.bad.extend(found)
        elif isinstance(found, Bad):
            made.bad.append(found)
        else:
            groups.setdefault(found.key, (found.product, []))[1].append(offer)
        each()
    for product, offers in groups.values():
        _Drawing(made, goods, product, offers).draw()
    _part_twins(made, goods)
    made.bad.sort()
    return made


class _Drawing:
    """The change of one product, out of its rows; what is bad in them is left out of it."""

    def __init__(self, made: Plan, goods: Goods, product: Product | None, offers: Sequence[Offer]) -> None:
        self._made = made
        self._goods = goods
        self._product = product
        self._offers = offers
        self._kept = list(goods.variants[product.id]) if product else []
        self._taken: dict[object, int] = {}
        self._said: dict[Column, Offer] = {}

    def draw(self) -> None:
        good = [offer for offer in self._offers if self._is_at_one(offer) and self._pictures_fit(offer)]
        change = Change(good[0].line if good else 0, self._product)
        whole = []
        for offer in good:
            variant = self._variant(offer)
            if isinstance(variant, Bad):
                self._made.bad.append(variant)
                continue
            whole.append(offer)
            if variant is not None:
                change.variants.append(variant)
        if not whole:
            return
        if self._product is None and not _merged(whole, "name"):
            # The row that had it is bad.
            self._made.bad.append(Bad(whole[0].line, "name", "A new product needs a name."))
            return
        change.line = whole[0].line
        change.fields = dict(self._differing(whole))
        change.path = self._new_path(whole)
        self._made.changes.append(change)
        self._move_categories(whole)

    def _is_at_one(self, offer: Offer) -> bool:
        """Whether it says the same of the product as the rows before it, or nothing."""
        for column in _OF_PRODUCT:
            text = offer.text(column)
            before = self._said.setdefault(column, offer) if text else offer
            if before.text(column) != text:
                message = (
                    f"Line {before.line} says otherwise of the same product. Write the same, or nothing."
                )
                self._made.bad.append(Bad(offer.line, column, message))
                return False
        return True

    def _pictures_fit(self, offer: Offer) -> bool:
        known = self._product.pictures if self._product else []
        if all(one in known or is_address(one) for one in offer.pictures):
            return True
        self._made.bad.append(Bad(offer.line, "photo", _ODD_PICTURE))
        return False

    def _differing(self, offers: Sequence[Offer]) -> Iterator[tuple[str, Any]]:
        """The fields of the product itself that change."""
        product = self._product
        for column, name in _TEXTS.items():
            text = _merged(offers, column)
            if text is None or (column == "name" and not text):
                continue
            if product is None or tidied(getattr(product, name)) != text:
                yield name, text
        if "photo" in offers[0].given:
            pictures = list(next((offer.pictures for offer in offers if offer.pictures), ()))
            if product is None or [tidied(one) for one in product.pictures] != pictures:
                yield "pictures", pictures
        active = next((offer.active for offer in offers if offer.active is not None), None)
        if active is not None and (product is None or product.hidden is active):
            yield "hidden", not active

    def _new_path(self, offers: Sequence[Offer]) -> Path | None:
        path = next((offer.sections for offer in offers if offer.sections), offers[0].sections)
        is_there = self._product is not None and path == self._goods.path(self._product.category_id)
        return None if is_there else path

    def _variant(self, offer: Offer) -> VariantChange | Bad | None:
        """None: nothing of what can be bought changes."""
        found = self._meant(offer)
        if isinstance(found, Bad):
            return found
        name = offer.text("option name")
        key: object = ("#", found.id) if found else name
        if key in self._taken:
            same = "has the same option of this product" if name else "is the same product"
            message = f"Line {self._taken[key]} {same}. Leave one of them out{'' if name else _NAMED}."
            return Bad(offer.line, "option name", message)
        if found is None and offer.price is None:
            if self._product and not name and "price" not in offer.given:
                return None
            return Bad(offer.line, "price", "What is new needs a price.")
        self._taken[key] = offer.line
        fields = dict(_of_variant(offer, found))
        return VariantChange(found, fields) if fields else None

    def _meant(self, offer: Offer) -> Variant | Bad | None:
        """The variant that there is already; None: a new one."""
        if offer.option_id is not None:
            found = next((one for one in self._kept if one.id == offer.option_id), None)
            message = "The product has no option of this number. Leave it empty to add a new one."
            return found or Bad(offer.line, "option id", message)
        name = offer.text("option name")
        alike = [one for one in self._kept if tidied(one.title) == name]
        if len(alike) > 1:
            return Bad(
                offer.line, "option name", "Several options have this name. Say by option id which is meant."
            )
        if alike or name or not self._kept:
            return alike[0] if alike else None
        if len(self._kept) == 1:
            return self._kept[0]
        if "price" not in offer.given and "stock" not in offer.given:
            return None
        return Bad(offer.line, "option name", "The product has options. Name the one that is meant.")

    def _move_categories(self, offers: Sequence[Offer]) -> None:
        for offer in offers:
            if offer.priority is None or not offer.sections:
                continue
            category = self._goods.by_path.get(offer.sections)
            if category is None or category.position != offer.priority:
                self._made.priorities[offer.sections] = offer.priority


def _of_variant(offer: Offer, found: Variant | None) -> Iterator[tuple[str, Any]]:
    told: dict[Column, tuple[str, Any]] = {
        "option name": ("title", offer.text("option name")),
        "option sku": ("sku", offer.text("option sku")),
        "price": ("price", offer.price),
        "old price": ("old_price", offer.old_price),
        "stock": ("stock", offer.stock),
    }
    for column, (name, value) in told.items():
        if column not in offer.given or (column == "price" and value is None):
            continue
        # Without its number a variant was found by its name, or it is the only one, and stays called so.
        if column == "option name" and found is not None and offer.option_id is None:
            continue
        before = getattr(found, name) if found else ...
        if (tidied(before) if isinstance(before, str) else before) != value:
            yield name, value


def _first(offers: Sequence[Offer], column: Column) -> Offer | None:
    return next((offer for offer in offers if offer.text(column)), None)


def _merged(offers: Sequence[Offer], column: Column) -> str | None:
    """What the rows of one product say in a column; None: the table lacks it."""
    first = _first(offers, column)
    return first.text(column) if first else offers[0].given.get(column)


def _part_twins(made: Plan, goods: Goods) -> None:
    """Takes out products that would end with a sku that another one has."""
    moving = {change.product.id for change in made.changes if change.product}
    staying = {product.sku for product in goods.products.values() if product.id not in moving} - {""}
    owners: dict[str, Change] = {}
    twins: list[Change] = []
    for change in made.changes:
        if change.sku and (change.sku in staying or owners.setdefault(change.sku, change) is not change):
            twins.append(change)
    out = set()
    while twins:
        twin = twins.pop()
        out.add(id(twin))
        message = "Another product has this sku. Give each its own."
        made.bad.append(Bad(twin.line, "sku", message))
        before = twin.product.sku if twin.product else ""
        if before:
            # It keeps what it had, so whoever was to get that cannot.
            staying.add(before)
            if before in owners and id(owners[before]) not in out:
                twins.append(owners.pop(before))
    made.changes = [change for change in made.changes if id(change) not in out]
