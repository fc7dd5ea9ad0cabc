"""The texts that we, not an author, say to a bot user: the catalogue in `phrasebook/`, a file a subject."""

from functools import cache
from pathlib import Path

import yaml

FALLBACK = "en"


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    pages = sorted((Path(__file__).parent / "phrasebook").glob("*.yaml"))
    return {
        name: texts
        for page in pages
        for name, texts in yaml.safe_load(page.read_text(encoding="utf-8")).items()
    }


def phrase(name: str, lang_code: str, **values: str) -> str:
    """The phrase in the language of `lang_code` (`pt-BR` reads `pt`), else in English.

    Raises KeyError for a name that the catalogue does not have.
    """
    languages = _catalogue()[name]
    text = languages.get(lang_code[:2].lower()) or languages[FALLBACK]
    return text.format(**values)
