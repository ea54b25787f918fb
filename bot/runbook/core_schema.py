"""How a plain scalar becomes a value: YAML 1.2's core schema, minus what surprises people.

Promises that `no`, `on`, `12:30` and `2025-01-01` stay text, and that a number which would lose its look (`0123`) is
refused rather than guessed. See https://yaml.org/spec/1.2.2/#103-core-schema.
"""

from __future__ import annotations

import math
import re

from bot.language import told

Plain = str | int | float | bool | None

_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_TRUE = frozenset(("true", "True", "TRUE"))
_FALSE = frozenset(("false", "False", "FALSE"))
_INT = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEX = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")
_BITS = 64


def resolve(text: str) -> Plain:
    """The value of a plain scalar. Raises ValueError with a sentence when it must be quoted."""
    if text in _NULL:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    if text[0] not in "+-.0123456789":
        return text
    return _number(text)


def _number(text: str) -> Plain:
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(
            told("{text} is not a number that can be used here. Write a finite number, or put it in quotes.", text=text)
        )
    if len(text) > 400:
        return text
    if _LEADING_ZERO.fullmatch(text):
        raise ValueError(
            told('{text} has a leading zero, so it could be text or a number. Put it in quotes: "{text}".', text=text)
        )
    if _INT.fullmatch(text):
        return _fits(int(text), text)
    if _OCTAL.fullmatch(text):
        return _fits(int(text, 8), text)
    if _HEX.fullmatch(text):
        return _fits(int(text, 16), text)
    if _FLOAT.fullmatch(text):
        number = float(text)
        if math.isinf(number):
            raise ValueError(told("{text} is too large for a number. Put it in quotes if it is text.", text=text))
        return number
    return text


def _fits(number: int, text: str) -> int:
    if number.bit_length() >= _BITS:
        raise ValueError(
            told("{text} is too large for a whole number. Put it in quotes if it is an id.", text=text[:40])
        )
    return number
