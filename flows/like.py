"""Texts of a form that only an example explains."""

from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema


class Like:
    """In an Annotated text: it must fit `pattern` (Rust's, linear in time), and who gets it wrong is told
    `words`.  They go on after "This must be", and best end with an example.
    """

    def __init__(self, pattern: str, words: str) -> None:
        self.pattern = pattern
        self._words = words

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        fitting = core_schema.custom_error_schema(
            core_schema.str_schema(pattern=self.pattern),
            custom_error_type="unlike",
            custom_error_message="This must be {words}",
            custom_error_context={"words": self._words},
        )
        return core_schema.chain_schema([handler(source), fitting])

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), "pattern": self.pattern}
