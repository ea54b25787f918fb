"""A text that is stored and can be said again: it is its English, and remembers what it says, and of what.

Promises: wherever a plain string goes, this goes too, since it is one; what was read from a store says the same as
what was stored. Refuses to know catalogues: saying it in another language is `again` in bot.language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from string import Formatter
from typing import TypeAlias, cast

Value: TypeAlias = "str | int | float"
"""What stands in a place: a plain value, or a text that can be said again itself."""
Stored: TypeAlias = "str | dict[str, str | dict[str, int | float | Stored]]"


class Said(str):
    """A text in another language than English."""

    english: str


class Told(str):
    """A text in English that can be said in any language later."""

    says: str
    of: Mapping[str, Value]

    def __str__(self) -> str:
        """Itself: `str(error)` and `str(state)` do not forget what was told."""
        return self

    def with_values(self, change: Callable[[str], str]) -> Told:
        """The same text with every word in its places changed, those within texts too."""
        return _made(self.says, {name: _changed(value, change) for name, value in self.of.items()})


def told(message: str, /, **values: object) -> Told:
    """`message` with its named places filled, to be stored and said later: `told("{db} is {status}.", db=…, status=…)`.

    A place takes numbers, words, other texts, and lists of them; anything else is kept as `str()` writes it.
    """
    return _made(message, {name: _kept(value) for name, value in values.items()})


def told_n(one: str, many: str, count: int, /, **values: object) -> Told:
    """`one` or `many` by `count`, told; `count` is a place of its own."""
    return told(one if count == 1 else many, count=count, **values)


def together(parts: Iterable[str], between: str = "; ") -> str:
    """What `between.join(parts)` is, and can be said again where a part can."""
    words = list(parts)
    if not any(isinstance(each, Told) for each in words):
        return between.join(words)
    places: dict[str, Value] = {f"p{number}": each for number, each in enumerate(words)}
    return _made(between.join(f"{{{name}}}" for name in places), places)


def in_english(text: str) -> str:
    """The English of what `_` said, whatever language was spoken; any other text as it is."""
    return text.english if isinstance(text, Said) else text


def stored(text: str) -> Stored:
    """`text` as JSON: a plain string stays one; what can be said again carries its English, its message, its values."""
    if not isinstance(text, Told):
        return text
    values = {name: stored(value) if isinstance(value, str) else value for name, value in text.of.items()}
    return {"en": str.__str__(text), "says": text.says, "of": values}


def restored(stored: Stored) -> str:
    """What `stored` made, as a text again; only its English where message and values do not say the same."""
    if isinstance(stored, str):
        return stored
    english, says = str(stored["en"]), str(stored["says"])
    values = cast("dict[str, int | float | Stored]", stored["of"])
    of = {name: value if isinstance(value, int | float) else restored(value) for name, value in values.items()}
    if _places(says) != frozenset(of):
        return english
    text = _made(says, of)
    return text if text == english else english


def _made(message: str, of: Mapping[str, Value]) -> Told:
    text = Told(message.format(**of) if of else message)
    text.says, text.of = message, of
    return text


def _kept(value: object) -> Value:
    if type(value) in (int, float):
        return cast("int | float", value)
    if isinstance(value, list | tuple):
        return together((str(_kept(each)) for each in value), ", ")
    text = in_english(value) if isinstance(value, str) else str(value)
    return text if isinstance(text, Told) else str.__str__(text)


def _changed(value: Value, change: Callable[[str], str]) -> Value:
    if isinstance(value, Told):
        return value.with_values(change)
    return change(value) if isinstance(value, str) else value


@lru_cache(4096)
def _places(message: str) -> frozenset[str] | None:
    """The names in a message; None for what no message of ours holds: formats, attributes, broken braces."""
    try:
        found = [(name, form, how) for _, name, form, how in Formatter().parse(message) if name is not None]
    except ValueError:
        return None
    plain = all(name.isidentifier() and not form and how is None for name, form, how in found)
    return frozenset(name for name, _, _ in found) if plain else None
