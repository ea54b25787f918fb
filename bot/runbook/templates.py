"""Finds `${{ }}` in text and the paths that an expression reads, without evaluating anything.

Promises that quotes are respected: a `}}` inside a string literal or a map does not end an expression. Refuses to know
what the paths mean; the checker is CEL's (see expressions).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from pydantic import JsonValue

from bot.language import told
from bot.model.errors import UserError
from bot.runbook.sentences import with_hint

OPEN, CLOSE = "${{", "}}"
MAX_LENGTH = 2_000
ROOTS = ("inputs", "service", "resources", "steps", "run")

_STRING = r"(?:[bB]?[rR]|[rR][bB])(?:'''.*?'''|\"\"\".*?\"\"\"|'[^'\n]*'|\"[^\"\n]*\")"
_ESCAPED = r"'''(?:\\.|[^\\])*?'''|\"\"\"(?:\\.|[^\\])*?\"\"\"|'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\""
_TOKENS = re.compile(
    rf"(?P<string>{_STRING}|[bB]?(?:{_ESCAPED}))|(?P<path>(?:\.\s*)?[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*)(?P<call>\s*\()?"
    r"|(?P<open>\{)|(?P<close>\})|(?P<other>\d[\w.]*|\s+|.)",
    re.DOTALL,
)


_QUOTES = ("'", '"')


@dataclass(frozen=True, slots=True)
class Literal:
    """Text that stands for itself."""

    text: str


@dataclass(frozen=True, slots=True)
class Expression:
    """CEL between `${{` and `}}`; `offset` is where `source` begins in the template."""

    source: str
    offset: int
    mark: int
    """Where its `${{` stands in the template."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A dotted path that an expression reads, and where it stands in the expression."""

    path: str
    offset: int


class TemplateError(UserError):
    """A template that cannot be taken apart; `offset` is where."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


@lru_cache(maxsize=4096)
def parts(text: str) -> tuple[Literal | Expression, ...]:
    """Take a template apart. Raises TemplateError for an expression that is not closed, empty or too long."""
    found: list[Literal | Expression] = []
    at = 0
    while (mark := text.find(OPEN, at)) >= 0:
        if mark > at:
            found.append(Literal(text[at:mark]))
        start = mark + len(OPEN)
        end = _end(text, start, mark)
        inner = text[start:end]
        source = inner.strip()
        if not source:
            raise TemplateError(told("The expression is empty."), mark)
        found.append(Expression(source, start + len(inner) - len(inner.lstrip()), mark))
        at = end + len(CLOSE)
    if at < len(text):
        found.append(Literal(text[at:]))
    return tuple(found)


def is_template(value: JsonValue) -> bool:
    """Whether an expression occurs anywhere in it."""
    match value:
        case str():
            return OPEN in value
        case list():
            return any(map(is_template, value))
        case dict():
            return any(map(is_template, value.values()))
        case _:
            return False


@lru_cache(maxsize=4096)
def references(source: str) -> tuple[Reference, ...]:
    """The dotted paths in one expression that begin with a known root, in order of appearance.

    A method that is called at the end of a path is left off: `inputs.mode.contains('x')` reads `inputs.mode`.
    Raises TemplateError for `has()`, which CEL answers wrongly for variables with dotted names.
    """
    found: list[Reference] = []
    after_value = False
    for token in _TOKENS.finditer(source):
        text = token.group("path")
        if text is None:
            after_value = bool(token.group("string") or token.group() in ")]}") or (
                after_value and token.group().isspace()
            )
            continue
        names = [name.strip() for name in text.split(".")]
        selects = names[0] == "" and after_value
        names = names[1:] if names[0] == "" else names
        if token.group("call"):
            if names == ["has"]:
                raise TemplateError(
                    told("has() cannot be used here; compare `steps.<id>.state` instead."), token.start()
                )
            names = names[:-1]
        if names and names[0] in ROOTS and not selects:
            found.append(Reference(".".join(names), token.start("path")))
        after_value = not token.group("call")
    return tuple(found)


def paths(value: JsonValue) -> tuple[str, ...]:
    """Every path that any expression in `value` reads, without doubles, in order of appearance."""
    return tuple(dict.fromkeys(_paths(value)))


def _paths(value: JsonValue) -> list[str]:
    match value:
        case str() if OPEN in value:
            return [
                reference.path
                for part in parts(value)
                if isinstance(part, Expression)
                for reference in references(part.source)
            ]
        case list():
            return [path for each in value for path in _paths(each)]
        case dict():
            return [path for each in value.values() for path in _paths(each)]
        case _:
            return []


def _end(text: str, start: int, mark: int) -> int:
    """Where the `}}` stands that closes the expression begun at `mark`."""
    depth, at = 0, start
    while at < len(text):
        if not depth and text.startswith(CLOSE, at):
            return at
        if at - start > MAX_LENGTH:
            raise TemplateError(told("The expression is longer than {most} characters.", most=MAX_LENGTH), mark)
        token = _TOKENS.match(text, at)
        assert token is not None
        if token.group() in _QUOTES:
            raise TemplateError(told("A quote is opened in this expression and never closed."), at)
        depth += bool(token.group("open")) - bool(token.group("close"))
        at = token.end()
    hint = told("An unquoted ` #` begins a comment in YAML: put the value in quotes.") if text[start:].strip() else ""
    raise TemplateError(with_hint(told("The expression is opened with `${{` and never closed with `}}`."), hint), mark)
