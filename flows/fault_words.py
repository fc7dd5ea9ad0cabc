"""What pydantic finds wrong with somebody's input, in words for people who never heard of it."""

import re
from collections.abc import Mapping
from typing import Any

_LONGEST = 400
"""Characters that a sentence repeats of what somebody else wrote."""
_SENTENCES = {
    "missing": "{it} is missing. Add it.",
    "extra_forbidden": "{it} is not known here. Check its spelling, or remove it.",
    "union_tag_not_found": "{it} does not say its {discriminator}. Add it.",
    "union_tag_invalid": "{it} has an unknown {discriminator}, «{tag}». Choose from {expected_tags}.",
    "string_type": "{it} is not a text.",
    "string_too_short": "{it} is too short. It needs {min_length} characters at least.",
    "string_too_long": "{it} is too long. It may have {max_length} characters at most.",
    "string_pattern_mismatch": "{it} is not written as it must be. Look at an example.",
    "unlike": "{it} must be {words}.",
    r"\S": "{it} is empty. Write something.",
    r"^https?://": "{it} must be an address that begins with https:// or http://.",
    "literal_error": "{it} must be {expected}.",
    "bool": "{it} must be true or false.",
    "int": "{it} is not a whole number.",
    "float": "{it} is not a number.",
    "finite": "{it} is not a number.",
    "date": "{it} is not a date. Write it as 2026-12-31.",
    "url": "{it} is not an address. Write it as https://shop.example/.",
    "greater_than_equal": "{it} must be {ge} or more.",
    "less_than_equal": "{it} must be {le} or less.",
    "too_long": "{it} has too many entries. It may have {max_length} at most.",
    "too_short": "{it} has too few entries. It needs {min_length} at least.",
    "tuple_type": "{it} is not a list.",
    "list_type": "{it} is not a list.",
    "model": "{it} has no fields.",
    "dict_type": "{it} has no fields.",
    "json_invalid": "{it} is not JSON.",
}
_QUOTED = {"expected", "expected_tags", "discriminator", "tag"}
_EMPTY = "{it} is empty. Write something."
_ITS_SUBJECT = re.compile(r"^[A-Z]\w+(?= should )")


def sentence(fault: Mapping[str, Any], it: str) -> str:
    """One entry of `ValidationError.errors()` as a sentence, or two; `it` is what they call the culprit.

    What was put in is not repeated, but for the name of a kind that there is not.
    """
    found, told = fault["type"], fault.get("ctx") or {}
    if found == "value_error":
        # Raised by our own checks, in words for whoever wrote it.
        reason = str(fault["msg"]).removeprefix("Value error, ")
        return f"{reason[:1].upper()}{reason[1:].removesuffix('.')}."
    if found == "string_too_short" and told.get("min_length") == 1:
        return _EMPTY.format(it=it)
    known = (told.get("pattern"), found, found.partition("_")[0])
    words = next((_SENTENCES[name] for name in known if name in _SENTENCES), None)
    if words is None:
        reason = str(fault["msg"])[:_LONGEST]
        return f"{_ITS_SUBJECT.sub(it, reason)}." if _ITS_SUBJECT.match(reason) else f"{it} does not fit."
    facts = {name: str(fact)[:_LONGEST] for name, fact in told.items()}
    facts |= {name: facts[name].replace("'", "") for name in _QUOTED & facts.keys()}
    return words.format(it=it, **facts)
