"""Where a text stops being YAML, and how it is mended: libyaml's complaint in the light of the lines around it.

libyaml names the place where it could not go on; the slip is often a line above. Promises the place of the slip where
it can be told, and a sentence in any case. Refuses to know what the file is about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import yaml

from bot.language import told
from bot.runbook.nodes import Spot

_KEY = re.compile(r"\s*(?:- )*[^\s#'\"\[{][^:#]*:(?:\s|$)")
_GLUED = re.compile(r"\s*[\w-]+:\S")
_EXPRESSION = "${{"


@dataclass(frozen=True)
class _Stumble:
    """One complaint of libyaml, and the file."""

    problem: str
    context: str
    at: Spot
    began: Spot
    """Where the thing began that could not be finished; else the same place."""
    lines: Sequence[str]

    def line(self, number: int) -> str:
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    @property
    def before(self) -> str:
        """The line's text up to the place."""
        return self.line(self.at.line)[: self.at.column - 1]

    def above(self, number: int) -> int:
        """The nearest line above that holds something; 0 when none does."""
        return next((each for each in range(number - 1, 0, -1) if _holds(self.line(each))), 0)


def explained(error: yaml.MarkedYAMLError, text: str) -> tuple[str, Spot]:
    """The sentence about it, and where the slip is."""
    at = _spot(error.problem_mark or error.context_mark)
    began = _spot(error.context_mark or error.problem_mark)
    stumble = _Stumble(error.problem or "", error.context or "", at, began, text.split("\n"))
    for look in _LOOKS:
        found = look(stumble)
        if found is not None:
            return found
    words = ": ".join(filter(None, (stumble.context, stumble.problem)))
    return told("This is not YAML ({words}). Check quotes, colons and indents.", words=words), at


_Seen = tuple[str, Spot] | None


def _bare_expression(stumble: _Stumble) -> _Seen:
    """An expression whose braces, colon or comma YAML took for its own."""
    line = stumble.line(stumble.at.line)
    mark = line.rfind(_EXPRESSION, 0, stumble.at.column + len(_EXPRESSION))
    if mark < 0 or line[:mark].count('"') % 2 or line[:mark].count("'") % 2:
        return None
    return told('YAML stumbles over this expression. Put the whole value in double quotes: "${{ … }}".'), stumble.at


def _stray_colon(stumble: _Stumble) -> _Seen:
    if "mapping values are not allowed" not in stumble.problem:
        return None
    if _KEY.match(stumble.before):
        return told("A `: ` stands inside this value. Put the whole value in quotes."), stumble.at
    above = stumble.above(stumble.at.line)
    line = stumble.line(above)
    if above and not _KEY.match(line):
        text = (
            told("A space is missing behind the colon of this key.")
            if _GLUED.match(line)
            else told("A colon is missing behind the key of this line.")
        )
        return text, Spot(above, _indent(line) + 1)
    return _deeper(stumble, above)


def _quote_left_open(stumble: _Stumble) -> _Seen:
    """A quote that was meant to end earlier or later than it does."""
    quote = stumble.before.rstrip()[-1:]
    if "did not find expected key" not in stumble.problem or quote not in ("'", '"', "}", "]"):
        return _broken_off(stumble)
    for number in range(stumble.at.line - 1, max(stumble.began.line, 1) - 1, -1):
        opened = re.search(r"(?::|-|,|\[|\{) *(['\"])", stumble.line(number))
        if opened and stumble.line(number).count(opened[1]) % 2:
            return told("This quote is not closed on its line."), Spot(number, opened.start(1) + 1)
    text = told("The quotes end before this. Quote the whole value; inside '…' a quote is written ''.")
    return (text, stumble.at) if quote in ("'", '"') else None


def _broken_off(stumble: _Stumble) -> _Seen:
    if "single quote" in stumble.problem or "end of stream" in stumble.problem:
        return told("A quote, bracket or brace is opened here and never closed."), stumble.began
    if "escape" in stumble.problem:
        text = told("In double quotes a backslash begins an escape. Put the value in single quotes.")
        return text, stumble.at
    return None


def _odd_indent(stumble: _Stumble) -> _Seen:
    if "block mapping" not in stumble.context or stumble.before.strip():
        return None
    here = len(stumble.before)
    outer = stumble.above(stumble.at.line)
    while outer and _indent(stumble.line(outer)) >= here:
        outer = stumble.above(outer)
    below = (each for each in range(outer + 1, stumble.at.line) if _holds(stumble.line(each)))
    inner = next(below, stumble.at.line)
    if not outer or inner == stumble.at.line:
        return _deeper(stumble, stumble.above(stumble.at.line))
    text = told(
        "Check the indent: {here} fits neither that of line {outer} ({less}) nor that of line {inner} ({more}).",
        here=here, outer=outer, less=_indent(stumble.line(outer)), inner=inner, more=_indent(stumble.line(inner)),
    )  # fmt: skip
    return text, stumble.at


def _deeper(stumble: _Stumble, above: int) -> _Seen:
    text = told(
        "Check the indent: nothing can stand under line {above}, which has its value already. "
        "Begin both lines in the same column.",
        above=above,
    )
    return text, stumble.at


def _list_or_not(stumble: _Stumble) -> _Seen:
    if "block collection" not in stumble.context:
        return None
    text = told(
        "Line {line} begins a list with `- `, and this one has none. Write `- ` before each item, or before none.",
        line=stumble.began.line,
    )
    return text, stumble.at


def _open_bracket(stumble: _Stumble) -> _Seen:
    if "flow" not in stumble.context:
        return None
    if stumble.began.line == stumble.at.line:
        return told("A comma or a closing bracket is missing before this."), stumble.at
    return told("This bracket is not closed: a comma or the closing one is missing."), stumble.began


def _no_colon(stumble: _Stumble) -> _Seen:
    if "simple key" not in stumble.context:
        return None
    if re.match(r"\s*-\S", stumble.line(stumble.began.line)):
        return told("A space is missing behind the dash of this item."), stumble.began
    return told("A colon is missing behind this key, or a `- ` before this item."), stumble.began


def _odd_beginning(stumble: _Stumble) -> _Seen:
    if "cannot start any token" in stumble.problem:
        return told("A value cannot begin with this character. Put it in quotes."), stumble.at
    if any(word in told_of for word in ("alias", "anchor") for told_of in (stumble.problem, stumble.context)):
        text = told("Anchors and aliases are not used here. Put the value in quotes if it is text.")
        return text, stumble.at
    return None


_LOOKS: tuple[Callable[[_Stumble], _Seen], ...] = (
    _bare_expression,
    _stray_colon,
    _quote_left_open,
    _odd_indent,
    _list_or_not,
    _open_bracket,
    _no_colon,
    _odd_beginning,
)


def _spot(mark: yaml.Mark | None) -> Spot:
    return Spot(mark.line + 1, mark.column + 1) if mark else Spot(1, 1)


def _holds(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
