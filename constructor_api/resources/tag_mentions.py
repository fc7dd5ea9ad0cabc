"""Tags as callers name them: as they are shown, by number, or by a name that may be new."""

from typing import Annotated

from pydantic import Field

from constructor_api.grammar.envelope import Shape
from constructor_api.grammar.numbers import Id
from constructor_api.grammar.visit import Inside
from engine.refusals import Invalid
from engine.store.tags import Tags


class TagMention(Shape):
    """By `id`, or by `name`, which may be new; where both are given, as cards show a tag, by `id`."""

    id: Id | None = None
    shop_id: Id | None = None
    name: Annotated[str | None, Field(min_length=1, max_length=100, pattern=r"\S")] = None


async def tag_names(inside: Inside, mentions: list[TagMention], field: str) -> list[str]:
    """Their names, each once; tags that are new are made.  Raises Invalid for one that is not there."""
    tags = Tags(inside.unit, inside.shop_id)
    if any(mention.id is None and mention.name is None for mention in mentions):
        raise Invalid({field: "Name a tag by its id or by its name."})
    by_id = {tag.id: tag.name for tag in await tags.of_ids({one.id for one in mentions if one.id})}
    await tags.named({one.name for one in mentions if one.name and not one.id})
    return list(dict.fromkeys(by_id[one.id] if one.id else str(one.name) for one in mentions))
