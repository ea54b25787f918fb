"""The log of a run: a line for each fact, found by its run, without what people wrote."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.adapters.memory.journal import MemoryJournals
from bot.adapters.run_log import line_of, tell
from bot.model.events import (
    Fact,
    GateExpired,
    NoteAdded,
    RunCreated,
    RunFinished,
    RunTaken,
    StepFailed,
    StepNeedsPerson,
    StepObserved,
    StepSettled,
    StepStarted,
)
from bot.model.people import Actor
from bot.model.records import Draft, Record
from bot.ports.journal import Head
from tests.builders import NOW, a_plan

CAROL = Actor(person="carol", name="Carol Díaz", via="cli")


async def records(*facts: Fact) -> list[Record]:
    """A created run, and these facts after it."""
    drafts = [Draft(id=str(at), at=NOW, actor=CAROL, fact=fact) for at, fact in enumerate([_created(), *facts])]
    _, made = await MemoryJournals().append(a_plan().run, drafts, at=Head(seq=0, hash="", epoch=0), epoch=None)
    return list(made[1:])


def _created() -> Fact:
    return RunCreated(plan=a_plan())


@pytest.mark.parametrize(
    ("fact", "level", "event", "fields"),
    [
        (RunTaken(owner="vm:1"), logging.INFO, "run-taken", {"owner": "vm:1"}),
        (RunTaken(owner="vm:1", takeover=True), logging.INFO, "run-taken", {"owner": "vm:1", "takeover": True}),
        (StepStarted(step="a", attempt=1), logging.INFO, "step-started", {"step": "a", "attempt": 1}),
        (StepObserved(step="a", seen="s", look_at=NOW), logging.DEBUG, "step-observed", {"step": "a"}),
        (StepSettled(step="a", seen="s"), logging.INFO, "step-settled", {"step": "a", "how": "executed"}),
        (
            StepFailed(step="a", attempt=2, why="x" * 999),
            logging.WARNING,
            "step-failed",
            {"step": "a", "attempt": 2, "why": "x" * 300},
        ),
        (
            StepNeedsPerson(step="a", why="who knows", choices=("retry",)),
            logging.WARNING,
            "step-needs-person",
            {"step": "a", "why": "who knows"},
        ),
        (GateExpired(step="a", round=1, then="escalate"), logging.WARNING, "gate-expired", {"step": "a", "round": 1}),
        (NoteAdded(text="what people wrote"), logging.INFO, "note-added", {}),
        (RunFinished(outcome="completed"), logging.INFO, "run-finished", {"outcome": "completed"}),
    ],
    ids=lambda value: type(value).__name__ if hasattr(value, "kind") else "",
)
async def test_a_line_says_what_happened_where_and_by_whom(
    fact: Fact, level: int, event: str, fields: dict[str, Any]
) -> None:
    """Run and sequence number join it with the timeline; a warning is what needs somebody."""
    (record,) = await records(fact)

    said = line_of(record)

    everywhere = {"run": a_plan().run, "seq": 2, "by": "carol", "via": "cli"}
    assert said == (level, event, everywhere | fields)


async def test_the_bot_itself_is_nobody() -> None:
    """A line of the engine names no person."""
    (record,) = await records(StepSettled(step="a", seen="s"))

    _, _, said = line_of(record.model_copy(update={"actor": Actor()}))

    assert not {"by", "via"} & set(said)


async def test_every_record_is_told_in_its_order() -> None:
    """One line for each."""
    made = await records(StepStarted(step="a", attempt=1), StepSettled(step="a", seen="s"))

    with capture_logs() as lines:
        tell(made)

    assert [(line["event"], line["log_level"], line["seq"]) for line in lines] == [
        ("step-started", "info", 2),
        ("step-settled", "info", 3),
    ]
