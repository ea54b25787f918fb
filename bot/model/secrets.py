"""Finds secrets in text and blots them out, before anything is logged, stored or posted.

Promises: what looks like a key, a token, a private key or a password never passes; other words come back as they were,
the very same object. Refuses to know where the text came from.
"""

from __future__ import annotations

import re
from typing import Any

from bot.language import Told

BLOT = "[redacted]"
_SECRET = re.compile(
    r"""
      (?P<pem>-----BEGIN[ ][A-Z0-9 ]*PRIVATE[ ]KEY-----.*?(?:-----END[ ][A-Z0-9 ]*PRIVATE[ ]KEY-----|\Z))
    | (?P<aws>\b(?:AKIA|ASIA)[A-Z0-9]{16}\b)
    | (?P<slack>\b(?:xox[a-z](?:-|\.)|xapp-|xwfp-)[A-Za-z0-9-]{8,})
    | (?P<hook>hooks\.slack\.com/(?:services|workflows|commands|actions)/[A-Za-z0-9/_-]+)
    | (?P<jwt>\beyJ[A-Za-z0-9_-]{8,8192}+\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?)
    | (?P<url>(?<=://)[^\s/:@]*:[^\s/@]+(?=@))
    | (?P<bearer>(?<=[Bb]earer[ ])[A-Za-z0-9._~+/-]{16,}=*)
    | (?P<named>(?i:
          (?:pass(?:word|wd|phrase)?|pwd|secret(?:[_-]?(?:access)?[_-]?key)?|api[_-]?key|session[_-]?token
            |access[_-]?token|auth[_-]?token|client[_-]?secret|signature|security[_-]?token|credential)
          \\?["']?[ ]?[=:][ ]?\\?["']?
        )(?P<value>[^\s"'\\,;&<>`]{4,}))
    """,
    re.VERBOSE | re.DOTALL,
)
_HINT = re.compile(
    r"(?i)-----BEGIN|AKIA|ASIA|xox|xapp-|xwfp-|hooks\.slack|eyJ|://|bearer|pass|pwd|secret|key|token|sign|cred"
)
"""What every secret above contains: a quick no for nearly all text."""


def redact(words: str) -> str:
    """The words with every secret replaced; what names it stays, so that the sentence still makes sense."""
    if not _HINT.search(words):
        return words
    clean = _SECRET.sub(_blot, words)
    if clean == words:
        return words
    if not isinstance(words, Told):
        return clean
    inside = words.with_values(redact)
    return inside if _SECRET.sub(_blot, inside) == inside else clean


def redacted(value: Any) -> Any:
    """The same for everything that is text inside lists, tuples and mappings; other values pass untouched."""
    match value:
        case str():
            return redact(value)
        case dict():
            return {key: redacted(each) for key, each in value.items()}
        case list():
            return [redacted(each) for each in value]
        case tuple() if not hasattr(value, "_fields"):
            return tuple(redacted(each) for each in value)
        case _:
            return value


def _blot(found: re.Match[str]) -> str:
    value = found.group("value")
    if value is None:
        return BLOT
    if value == BLOT or value.startswith("[redacted"):
        return found.group()
    return found.group()[: found.start("value") - found.start()] + BLOT
