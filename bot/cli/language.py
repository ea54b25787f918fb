"""The language of a terminal: what `--lang` asks for, else what the environment says.

Promises: `--lang` is understood wherever it stands; a language that we do not speak is answered in English. Refuses to
know what is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from bot.language import Language, nearest, speaking

asked_language: ContextVar[Language | None] = ContextVar("asked_language", default=None)
"""What `--lang` asked for; None when the environment decides."""
_PLAIN = ("C", "POSIX")


@contextmanager
def in_language(args: Sequence[str], environment: Mapping[str, str]) -> Iterator[list[str]]:
    """Speak what the words or the environment ask for; gives the words without `--lang`."""
    words, wanted = _split(args)
    asked = nearest(wanted) if wanted else None
    before = asked_language.set(asked)
    try:
        with speaking(asked or nearest(locale_of(environment))):
            yield words
    finally:
        asked_language.reset(before)


def _split(args: Sequence[str]) -> tuple[list[str], str]:
    """The words without `--lang CODE`, which may stand anywhere before `--`, and the code."""
    words = list(args)
    end = words.index("--") if "--" in words else len(words)
    at = next((at for at, word in enumerate(words[:end]) if word == "--lang" or word.startswith("--lang=")), None)
    if at is None:
        return words, ""
    if "=" in words[at]:
        return [*words[:at], *words[at + 1 :]], words[at].partition("=")[2]
    return [*words[:at], *words[at + 2 :]], "".join(words[at + 1 : at + 2])


def locale_of(environment: Mapping[str, str]) -> str:
    """What a terminal's programs speak, as POSIX orders it; empty for the plain C locale."""
    named = (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next((each for each in named if each), "")
    return "" if locale.partition(".")[0] in _PLAIN else locale
