"""The languages the bot speaks: every text for people goes through `_`, and the reader's language is set around a view.

Promises: a text without a translation is said in English, never left out; English costs nothing. A text is a whole
sentence with named places, so that a translator may turn it round: `_("{who} approved at {when}", who=…, when=…)`.
What was said in another language remembers its English, which is what journals keep. A text that is stored for
readers of any language is `told`, and said by `again` where it is read.
Refuses to know who reads and why; that is the door's business: `with speaking("ko"): view(…)`.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, Literal, TypeAlias

from bot.language.particles import followed_by, is_pair
from bot.language.told import Said, Told, in_english, together, told, told_n

__all__ = ["ENGLISH", "FOLDER", "LANGUAGES", "Language", "Said", "Told", "_", "_n", "again", "in_english", "later",
           "nearest", "speaking", "spoken", "together", "told", "told_n"]  # fmt: skip

Language: TypeAlias = Literal["en", "ko"]
ENGLISH: Language = "en"
LANGUAGES: tuple[Language, ...] = (ENGLISH, "ko")
FOLDER = Path(__file__).parent
_spoken: ContextVar[Language] = ContextVar("spoken", default=ENGLISH)


def _(message: str, /, **values: object) -> str:
    """`message` in the language spoken here, its named places filled with `values`."""
    if _spoken.get() == ENGLISH:
        return message.format(**values) if values else message
    return _said(message, values)


def _n(one: str, many: str, count: int, /, **values: object) -> str:
    """`one` or `many` by `count`, which is also a place of its own: `_n("{count} step", "{count} steps", 3)`."""
    return _(one if count == 1 else many, count=count, **values)


def later(message: str, /) -> str:
    """Marks a text that stands in a table and is said later, through `_`; itself it changes nothing."""
    return message


def again(text: str, /) -> str:
    """What was `told`, in the language spoken here; any other text as it is."""
    if isinstance(text, Told) and _spoken.get() != ENGLISH:
        return _said(text.says, text.of)
    return text


def spoken() -> Language:
    """The language spoken here."""
    return _spoken.get()


def nearest(locale: str | None, otherwise: Language = ENGLISH) -> Language:
    """The language for a locale such as `ko-KR`: English for one we do not speak, `otherwise` for none at all."""
    if not locale:
        return otherwise
    wanted = locale.replace("_", "-").partition("-")[0].lower()
    return next((language for language in LANGUAGES if language == wanted), ENGLISH)


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Everything said inside is said in `language`, in the tasks and threads begun there too."""
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def _said(message: str, values: Mapping[str, object]) -> str:
    text = _catalogue(_spoken.get()).get(message, message)
    here = {name: again(value) if isinstance(value, str) else value for name, value in values.items()}
    said = Said(_FILLED.vformat(text, (), here) if here else text)
    plain = {name: in_english(value) if isinstance(value, str) else value for name, value in values.items()}
    said.english = message.format(**plain) if values else message
    return said


class _Filled(Formatter):
    """Places may carry a pair of particles: `{name:이/가}` is the name and the one that fits its last sound."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if is_pair(format_spec):
            return followed_by(str(value), format_spec)
        return str(super().format_field(value, format_spec))

    def check_unused_args(self, used_args: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        """A translation may leave a place out."""


_FILLED = _Filled()


@cache
def _catalogue(language: str) -> dict[str, str]:
    """Message to translation; a plural form stands under the English form it translates."""
    read_po = importlib.import_module("babel.messages.pofile").read_po  # 15 ms that English never pays
    with (FOLDER / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    told: dict[str, str] = {}
    for message in catalogue:
        if message.fuzzy or not message.id:
            continue
        ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
        texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
        for number, english in enumerate(ids):
            if text := texts[min(number, len(texts) - 1)]:
                told[english] = text
    return told
