"""Plain YAML there and back: values in, values out; nothing here knows what a flow is.

libyaml only cuts the text into events, which takes no stack however deep the text nests; its
loader would crash the process. The values are built here, so nothing else can come out.
"""

import re
from collections.abc import Iterator

import yaml

from flows.json_value import JSON
from flows.yaml_words import (
    AS_IT_STANDS,
    MAX_BYTES,
    MAX_DEPTH,
    MAX_VALUES,
    YamlFault,
    checked_text,
    meaning,
    too_large,
)
from flows.yaml_writing import dump

__all__ = ["YamlFault", "dump", "load"]

# What may stand in a YAML text, apart from escapes in quotes.
_STRANGER = re.compile(f"[^\t\n\r\x85\u2028\u2029{AS_IT_STANDS}]")


def load(raw: bytes | str) -> JSON:
    """The value of a YAML text of at most 2 MB in UTF-8; an empty text is None.

    Raises YamlFault for what is not YAML and for what YAML has beyond JSON: anchors, aliases,
    tags, merge keys, keys that are no text, a key given twice, a second document.
    """
    document = _Document()
    for event in _events(_decoded(raw)):
        document.read(event)
    return document.value


def _decoded(raw: bytes | str) -> str:
    # Characters are no more than bytes: so a text far too long is not even encoded.
    if len(raw) > MAX_BYTES:
        raise too_large()
    text = raw if isinstance(raw, str) else _utf8(raw)
    text = text.removeprefix("\ufeff")
    stranger = _STRANGER.search(text)
    if stranger is not None:
        line = text.count("\n", 0, stranger.start()) + 1
        raise YamlFault(line, f"The character {stranger[0]!a} cannot stand in a file. Remove it.")
    if len(text.encode()) > MAX_BYTES:
        raise too_large()
    return text


def _utf8(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise YamlFault(line, "The file is not UTF-8 text. Save it as UTF-8.") from None


def _events(text: str) -> Iterator[yaml.Event]:
    try:
        yield from yaml.parse(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark: yaml.Mark | None = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it cannot be read"
        # Of what ends too early libyaml names the line after the last one.
        line = min(mark.line, text.count("\n")) + 1 if mark is not None else None
        raise YamlFault(line, f"This is not YAML: {problem}.") from None


class _Open:
    """A list or object whose end has not come yet, and the key that waits for its value."""

    __slots__ = ("key", "value")

    def __init__(self, value: list[JSON] | dict[str, JSON]) -> None:
        self.value = value
        self.key: str | None = None

    def take(self, value: JSON, line: int | None) -> None:
        """The next value of a list; of an object, by turns the next key and its value."""
        if isinstance(self.value, list):
            self.value.append(value)
        elif self.key is None:
            self.key = self._new_key(value, line)
        else:
            self.value[self.key] = value
            self.key = None

    def _new_key(self, key: JSON, line: int | None) -> str:
        if not isinstance(key, str):
            raise YamlFault(line, "A key is not a text. Put it in quotes.")
        if key in self.value:
            raise YamlFault(line, f"The key {key[:80]!r} stands here twice. Keep one of them.")
        return key


class _Document:
    """Builds the value of the only document, without recursion."""

    def __init__(self) -> None:
        self.value: JSON = None
        self._open: list[_Open] = []
        self._documents = 0
        self._values = 0

    def read(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark is not None else None
        if isinstance(event, yaml.NodeEvent):
            self._count(event, line)
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event, line)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._collection(event, line)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise YamlFault(line, "A second document starts here. Keep one per file.")

    def _count(self, event: yaml.NodeEvent, line: int | None) -> None:
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise YamlFault(line, "Anchors (&) and aliases (*) are not taken. Write it out.")
        self._values += 1
        if self._values > MAX_VALUES:
            raise YamlFault(line, f"The file has more than {MAX_VALUES} values.")

    def _scalar(self, event: yaml.ScalarEvent, line: int | None) -> None:
        _refuse_tag(event.tag, line)
        text = checked_text(event.value, line)
        plain = not event.style
        if plain and text == "<<":
            raise YamlFault(line, "Merge keys (<<) are not taken. Write the fields out.")
        self._place(meaning(text, line) if plain else text, line)

    def _collection(self, event: yaml.CollectionStartEvent, line: int | None) -> None:
        _refuse_tag(event.tag, line)
        if len(self._open) >= MAX_DEPTH:
            raise YamlFault(line, f"The file is nested more than {MAX_DEPTH} levels deep.")
        value: list[JSON] | dict[str, JSON] = [] if isinstance(event, yaml.SequenceStartEvent) else {}
        self._place(value, line)
        self._open.append(_Open(value))

    def _place(self, value: JSON, line: int | None) -> None:
        if self._open:
            self._open[-1].take(value, line)
        else:
            self.value = value


def _refuse_tag(tag: str | None, line: int | None) -> None:
    if tag is not None:
        raise YamlFault(line, "Tags (!) are not taken. Remove it; put a text with ! in quotes.")
