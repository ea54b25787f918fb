"""The type of fields that hold a text for people, kept so that it can be said again in the reader's language.

Promises: a plain string is stored and read as one, as older journals have it; what was `told` is stored with its
English, its message and its values, and read as the same. Refuses to know who reads.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, JsonValue
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from bot.language.told import Told, restored, stored

_KEYS = {"en", "says", "of"}


class _Kept:
    """How a text is read and written; plain strings never leave the validator's fast path."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        words = core_schema.str_schema()
        shape = core_schema.typed_dict_schema(
            {
                "en": core_schema.typed_dict_field(words),
                "says": core_schema.typed_dict_field(words),
                "of": core_schema.typed_dict_field(core_schema.dict_schema(words, core_schema.any_schema())),
            },
            extra_behavior="forbid",
        )
        kept = core_schema.no_info_after_validator_function(restored, shape)
        return core_schema.json_or_python_schema(
            json_schema=core_schema.union_schema([words, kept], mode="left_to_right"),
            python_schema=core_schema.union_schema(
                [core_schema.is_instance_schema(Told), words, kept], mode="left_to_right"
            ),
            serialization=core_schema.plain_serializer_function_ser_schema(stored, when_used="json"),
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string"}


Text = Annotated[str, _Kept()]
"""A sentence for people; `again` says it in the language of whoever reads."""


def in_words(value: JsonValue) -> JsonValue:
    """A value's JSON as scripts read it: every stored text is its English, a string."""
    match value:
        case dict() if value.keys() == _KEYS and isinstance(value["en"], str):
            return value["en"]
        case dict():
            return {name: in_words(each) for name, each in value.items()}
        case list():
            return [in_words(each) for each in value]
        case _:
            return value
