"""Warnings that the author has read and answered: `accepts: { <rule>: <why> }`, on a step or for the whole runbook.

Promises that only warnings can be accepted, each with a reason, and that an answer to nothing is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.language import told
from bot.runbook.nodes import Path
from bot.runbook.rules.book import Book, Found


def unanswered(book: Book, found: Iterable[Found]) -> Iterator[Found]:
    """The complaints that stand, and those about answers that answer nothing."""
    heard: set[tuple[Path, str]] = set()
    complaints = list(found)
    for each in complaints:
        answer = _answer(book, each)
        if answer is None:
            yield each
        else:
            heard.add(answer)
    if not book.damaged:  # else a rule may be silent for what was cut out
        yield from _idle(book, heard, complaints)


def _answer(book: Book, found: Found) -> tuple[Path, str] | None:
    """Where this complaint is accepted, if anywhere."""
    if found.level != "warning":
        return None
    step = book.steps.get(str(found.path[1])) if found.path[0] == "steps" and len(found.path) > 1 else None
    if step is not None and found.code in step.accepts:
        return ("steps", step.id, "accepts"), found.code
    return (("accepts",), found.code) if found.code in book.runbook.accepts else None


def _idle(book: Book, heard: set[tuple[Path, str]], complaints: Sequence[Found]) -> Iterator[Found]:
    given: list[tuple[Path, str]] = [(("accepts",), code) for code in book.runbook.accepts]
    given += [(("steps", step.id, "accepts"), code) for step in book.whole_steps.values() for code in step.accepts]
    errors = {each.code for each in complaints if each.level == "error"}
    for path, code in given:
        if (path, code) not in heard:
            text = (
                told("`{code}` is an error and cannot be accepted. Remove it from `accepts`.", code=code)
                if code in errors
                else told("`{code}` is not said of this. Remove it from `accepts`.", code=code)
            )
            yield Found((*path, code), text, "accepts-nothing", "warning", key=True)
