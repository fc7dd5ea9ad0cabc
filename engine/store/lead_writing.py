"""How a turn's lead becomes a row, and what its form wants done with it."""

from asyncpg import Record
from asyncpg.pool import PoolConnectionProxy
from msgspec import json

from engine.perform import LeadRow
from engine.store.notifications import write_notification
from engine.store.played import Played
from flows.card import Card
from flows.effects import Notify
from flows.json_value import JSON
from flows.kept_values import written

UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
"""Variables that tell which advertisement brought a person."""

_LEAD = """
WITH form AS (
    SELECT f.*, m.account_id FROM lead_form f
    LEFT JOIN member m ON m.shop_id = f.shop_id AND m.account_id = f.assignee_id
    WHERE f.shop_id = $1 AND f.key = $6
), made AS (
    INSERT INTO lead
        (shop_id, bot_user_id, bot_id, turn, place, form, title, values, source, tags, assignee_id)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9::jsonb, $10, (SELECT account_id FROM form)
    WHERE NOT EXISTS (
        SELECT FROM lead WHERE shop_id = $1 AND bot_user_id = $2 AND form = $6 AND values = $8::jsonb
        AND created_at > now() - make_interval(mins => $11)
    )
    RETURNING id
), marked AS (
    UPDATE bot_user u SET tags = u.tags || form.assign_tag FROM form, made
    WHERE u.shop_id = $1 AND u.id = $2 AND form.assign_tag <> '' AND form.assign_tag <> ALL (u.tags)
)
SELECT form.name, form.fields, form.notify_tags FROM form, made
"""


async def write_lead(connection: "PoolConnectionProxy[Record]", turn: Played, lead: LeadRow) -> None:
    """The lead, and the tag and the word to the staff that its form wants; nothing if the same is there."""
    before = turn.before
    place = (before.shop_id, before.id, before.bot_id, before.version, lead.place)
    source = json.encode(source_of(turn.card)).decode()
    about = (lead.form, lead.title, lead.values.decode(), source, lead.tags, lead.dedupe_minutes)
    form = await connection.fetchrow(_LEAD, *place, *about)
    if form is not None and form["notify_tags"] and not lead.told:
        await write_notification(connection, before.shop_id, _told(form, lead), before.id)


def source_of(card: Card) -> dict[str, str]:
    """What is known of how the person came."""
    known = {"start_parameter": card.start_parameter, **{name: card.variables.get(name) for name in UTM}}
    return {name: value for name, value in known.items() if isinstance(value, str) and value}


def _told(form: Record, lead: LeadRow) -> Notify:
    values: dict[str, JSON] = json.decode(lead.values)
    titles = {field["variable"]: field.get("title") for field in json.decode(form["fields"])}
    lines = [f"{titles.get(name) or name}: {written(value)}" for name, value in values.items()]
    return Notify(lead.title or form["name"], "\n".join(lines), tuple(form["notify_tags"]))
