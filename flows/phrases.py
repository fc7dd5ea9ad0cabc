"""The texts that we, not an author, say to a bot user; one catalogue, `phrases.yaml`."""

from functools import cache
from pathlib import Path

import yaml

FALLBACK = "en"


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    text = (Path(__file__).parent / "phrases.yaml").read_text(encoding="utf-8")
    found: dict[str, dict[str, str]] = yaml.safe_load(text)
    return found


def phrase(name: str, lang_code: str, **values: str) -> str:
    """The phrase in the language of `lang_code` (`pt-BR` reads `pt`), else in English.

    Raises KeyError for a name that the catalogue does not have.
    """
    languages = _catalogue()[name]
    text = languages.get(lang_code[:2].lower()) or languages[FALLBACK]
    return text.format(**values)
