"""Translations go with what they translate."""

from tests.api.floor import COFFEE, draw
from tests.api.partner import Partner

TRANSLATIONS = {
    "ru": {
        "welcome.text": "Привет!",
        "welcome.menu.order.label": "Заказать",
        "welcome.menu.again.label": "Ещё раз",
        "name.question": "Как вас зовут?",
    },
    "es": {"name.question": "¿Cómo se llama?"},
}


async def translations(ann: Partner, flow: int) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = (await ann.get(f"/api/bot/flow/{flow}/draft/")).result["document"][
        "translations"
    ]
    return found


async def test_what_is_deleted_takes_its_translations_along(ann: Partner, shop_id: int) -> None:
    flow = (await draw(ann, shop_id, {**COFFEE, "language": "en", "translations": TRANSLATIONS}))["id"]
    assert await translations(ann, flow) == TRANSLATIONS
    await ann.delete(f"/api/bot/menu_items/{flow}.welcome.order/")
    await ann.delete(f"/api/bot/steps/{flow}.name/")
    assert await translations(ann, flow) == {
        "ru": {"welcome.text": "Привет!", "welcome.menu.again.label": "Ещё раз"},
        "es": {},
    }
    told = (await ann.post(f"/api/bot/flow/{flow}/validate/", {})).result["problems"]
    assert "unknown_text" not in [problem["code"] for problem in told]


async def test_a_text_without_a_translation_is_a_warning_that_names_the_language(
    ann: Partner, shop_id: int
) -> None:
    flow = (await draw(ann, shop_id, {**COFFEE, "language": "en", "translations": TRANSLATIONS}))["id"]
    verdict = (await ann.post(f"/api/bot/flow/{flow}/validate/", {})).result
    told = [
        (one["step"], one["field"], one["facts"])
        for one in verdict["problems"]
        if one["code"] == "untranslated"
    ]
    assert verdict["sound"]
    assert told == [
        ("welcome", "text", {"language": "es"}),
        ("welcome", "menu.0.label", {"language": "es"}),
        ("welcome", "menu.1.label", {"language": "es"}),
    ]
