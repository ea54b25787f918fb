"""The shape of everything that journals hold, one file for each number of the schema.

`python -m tests.model.shapes` writes down the shape that the code has now, under the number that it has now. Do so when
a new kind is only told and no driver has to heed it, or while nothing has been released under this number. Else raise
`SCHEMA` first: a bot that is older then says so and leaves the run alone, instead of stumbling over it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.model.events import SCHEMA
from bot.model.records import Record

FOLDER = Path(__file__).parent / "schemas"
RELEASED: dict[int, str] = {}
"""Number of a schema that bots out there write, and the sha256 of its file, which nobody changes any more."""


def shape() -> list[str]:
    """A line for each field of every model that a record is made of, the record itself too, with what it may hold."""
    whole = Record.model_json_schema(by_alias=True, mode="validation")
    models: dict[str, Any] = {"Record": whole, **whole.get("$defs", {})}
    return [line for name, model in sorted(models.items()) for line in _lines(name, model)]


def _lines(name: str, model: dict[str, Any]) -> Iterator[str]:
    """A plain value, such as an enumeration, is a line of its own."""
    if "properties" not in model:
        yield f"{name} {_words(model)}"
    for field, what in sorted(model.get("properties", {}).items()):
        yield f"{name}.{field} {_words(what)}"


def _words(what: dict[str, Any]) -> str:
    return json.dumps(_bare(what), sort_keys=True)


def _bare(value: Any) -> Any:
    """Without titles and descriptions, which may be put better at any time."""
    if isinstance(value, dict):
        return {name: _bare(inner) for name, inner in value.items() if name not in ("title", "description")}
    return [_bare(inner) for inner in value] if isinstance(value, list) else value


def place(number: int = SCHEMA) -> Path:
    return FOLDER / f"{number}.txt"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    place().write_text("".join(f"{line}\n" for line in shape()))
    print(f"wrote {place().name}")
