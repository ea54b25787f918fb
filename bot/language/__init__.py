"""The languages the bot speaks: every text for people goes through `_`, and the reader's language is set around a view.

Promises: a text without a translation is said in English, never left out; English costs nothing. A text is a whole
sentence with named places, so that a translator may turn it round: `_("{who} approved at {when}", who=…, when=…)`.
Refuses to know who reads and why; that is the door's business: `with speaking("ko"): view(…)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files

from babel.messages.pofile import read_po

ENGLISH = "en"
LANGUAGES = (ENGLISH, "ko")
_spoken: ContextVar[str] = ContextVar("spoken", default=ENGLISH)


def _(message: str, /, **values: object) -> str:
    """`message` in the language spoken here, its named places filled with `values`."""
    language = _spoken.get()
    text = message if language == ENGLISH else _catalogue(language).get(message, message)
    return text.format(**values) if values else text


def _n(one: str, many: str, count: int, /, **values: object) -> str:
    """`one` or `many` by `count`, which is also a place of its own: `_n("{count} step", "{count} steps", 3)`."""
    language = _spoken.get()
    message = one if count == 1 else many
    text = message if language == ENGLISH else _catalogue(language).get(message, message)
    return text.format(count=count, **values)


def later(message: str, /) -> str:
    """Marks a text that stands in a table and is said later, through `_`; itself it changes nothing."""
    return message


def spoken() -> str:
    """The language spoken here: one of LANGUAGES."""
    return _spoken.get()


def nearest(locale: str | None) -> str:
    """The language for a locale such as `ko-KR`; English for one we do not speak."""
    language = (locale or "").replace("_", "-").partition("-")[0].lower()
    return language if language in LANGUAGES else ENGLISH


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Everything said inside is said in `language`."""
    before = _spoken.set(language if language in LANGUAGES else ENGLISH)
    try:
        yield
    finally:
        _spoken.reset(before)


@cache
def _catalogue(language: str) -> dict[str, str]:
    """Message to translation; a plural form stands under the English form it translates."""
    with (files(__name__) / f"{language}.po").open("rb") as file:
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
