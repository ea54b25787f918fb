"""How a runbook reads at 3 a.m.: few things by heart, one action a line, branches first, values read back, pauses near.

The rules of pilots' and surgeons' checklists, as far as a machine can judge them. All are warnings: an author may know
better, and says so in `accepts`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.language import told
from bot.model import form
from bot.model.runbook import Manual
from bot.runbook.graph import topological
from bot.runbook.nodes import Path
from bot.runbook.rules.book import Book, Found
from bot.runbook.templates import CLOSE

MOST_BY_HEART = 3
MOST_BETWEEN_PAUSES = 9
LONGEST = 180
"""About two lines of a card."""
_EXPRESSION = re.compile(r"\$\{\{.*?\}\}")
_SEVERAL = re.compile(r";\s|[.!?]\s+[A-Z]|,\s+(?:and|then)\s|\s(?:and then|afterwards)\s")
_SENTENCES = re.compile(r"[.?!;]")
_CONDITION = re.compile(r"\s(?:if|unless)\s", re.IGNORECASE)
_WORD = re.compile(r"\w")
_EARLY_BRANCH = re.compile(r"(?:if|unless|when)\s", re.IGNORECASE)
_NO_VALUES = ("done", "ok", "yes", "checked", "x")


def few_things_are_known_by_heart(book: Book) -> Iterator[Found]:
    count = len(book.runbook.memory)
    if count > MOST_BY_HEART:
        text = told(
            "Nobody remembers {count} things in an alarm. Keep {most} under `memory`, and make steps of the others.",
            count=count, most=MOST_BY_HEART,
        )  # fmt: skip
        yield Found(("memory",), text, "too-much-by-heart", "warning", key=True)


def one_action_a_line(book: Book) -> Iterator[Found]:
    for path, line in _lines(book):
        if _SEVERAL.search(_spoken(line)):
            text = told("This line asks for several things. Write one action per line.")
            yield Found(path, text, "several-in-a-line", "warning")


def answers_are_values(book: Book) -> Iterator[Found]:
    """`writer = us-west-2` can be wrong and be noticed; `done` cannot."""
    for step_id, manual in _manual(book):
        path: Path = ("steps", step_id, "manual")
        if manual.answer is None:
            text = told(
                "Nothing is read back from this step. Ask for a value that proves it: `answer` with a `pattern`."
            )
            yield Found((*path,), text, "nothing-read-back", "warning", key=True)
        elif manual.answer.pattern is None or _takes_a_tick(manual.answer.pattern):
            text = told(
                "`{field}` takes any word, so that a tired person writes `done`. Give it the `pattern` of the value.",
                field=manual.answer.field,
            )
            yield Found((*path, "answer"), text, "tick-not-value", "warning", key=True)


def branches_come_first(book: Book) -> Iterator[Found]:
    gates = [(("steps", step_id, "approve", "text"), step.approve.text or "") for step_id, step in book.steps.items()
             if step.approve]  # fmt: skip
    for path, line in [*_lines(book), *gates]:
        plain = _spoken(line)
        if _has_late_branch(plain) and not _EARLY_BRANCH.match(plain):
            text = told("The condition comes after the deed. Say it first, as in `IF … → …`.")
            yield Found(path, text, "branch-last", "warning")


def _spoken(line: str, stand_in: str = "x") -> str:
    """The line as it is read, with something in place of each expression; what is left open stays."""
    closed, close, rest = line.rpartition(CLOSE)
    return _EXPRESSION.sub(stand_in, closed + close) + rest


def _has_late_branch(line: str) -> bool:
    """Whether a sentence says something before its condition."""
    return any(
        _WORD.search(sentence, 0, condition.start())
        for sentence in _SENTENCES.split(line)
        for condition in _CONDITION.finditer(sentence)
    )


def nothing_is_longer_than_two_lines(book: Book) -> Iterator[Found]:
    for path, line in [*_lines(book), *_prompts(book)]:
        length = len(_spoken(line, "x" * 9))
        if length > LONGEST:
            text = told(
                "{length} characters are more than two lines on a card. Say it in {most}.", length=length, most=LONGEST
            )
            yield Found(path, text, "too-long-to-read", "warning")


def pauses_are_near(book: Book) -> Iterator[Found]:
    """From one question to the next, or to the proof, nobody keeps more than nine lines in mind."""
    if book.runbook.kind not in ("failover", "failback") or book.damaged:
        return
    stop = book.runbook.clock.stops.removeprefix("steps.") if book.runbook.clock else ""
    asked, since = False, 0
    for step_id in topological(book.steps):
        step = book.steps[step_id]
        if step.approve or step.confirm or step_id == stop:
            asked, since = step_id != stop, 0
            continue
        since += asked
        if since == MOST_BETWEEN_PAUSES + 1:
            text = told(
                "More than {most} steps lie between two pauses. Put a question in between, or `call` a part.",
                most=MOST_BETWEEN_PAUSES,
            )
            yield Found(("steps", step_id), text, "pauses-far-apart", "warning", key=True)


def _manual(book: Book) -> Iterator[tuple[str, Manual]]:
    for step_id, step in book.whole_steps.items():
        if step.manual is not None:
            yield step_id, step.manual


def _lines(book: Book) -> Iterator[tuple[Path, str]]:
    """What people are told to do."""
    for index, item in enumerate(book.runbook.memory):
        yield ("memory", index), item
    for step_id, manual in _manual(book):
        for index, line in enumerate(manual.do):
            yield ("steps", step_id, "manual", "do", index), line


def _prompts(book: Book) -> Iterator[tuple[Path, str]]:
    """What people are asked."""
    for step_id, step in book.whole_steps.items():
        for name, gate in (("approve", step.approve), ("confirm", step.confirm)):
            if gate is not None and gate.text:
                yield ("steps", step_id, name, "text"), gate.text


def _takes_a_tick(pattern: str) -> bool:
    return not form.mistake(pattern) and any(form.fits(pattern, word) for word in _NO_VALUES)
