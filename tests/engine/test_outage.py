"""A driver whose journal falls silent in the middle of an append."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from bot.adapters.memory.journal import MemoryJournals
from bot.model.errors import Unavailable
from bot.model.events import NoteAdded, StepSettled, StepStarted
from bot.model.records import Draft, Record
from bot.model.run import Status
from bot.ports.journal import Head
from bot.ports.witness import Kept
from tests.engine.stories import Theatre, toy, watch


class Silent(MemoryJournals):
    """Applies the first intent, and does not answer; writes down what it is asked."""

    def __init__(self, *more: Any) -> None:
        super().__init__(*more)
        self.asked: list[str] = []
        self.silent = False

    async def append(
        self, run: str, drafts: Sequence[Draft], *, at: Head, epoch: int | None, durable: bool = False
    ) -> tuple[Head, Sequence[Record]]:
        answer = await super().append(run, drafts, at=at, epoch=epoch, durable=durable)
        if self.silent and any(isinstance(draft.fact, StepStarted) for draft in drafts):
            self.silent = False
            self.asked.append("silence")
            raise Unavailable("no answer")
        self.asked.append("append")
        return answer

    async def beat(self, run: str, *, epoch: int) -> bool:
        self.asked.append("beat")
        return await super().beat(run, epoch=epoch)


async def test_after_a_silence_the_hold_is_renewed_before_anything_is_sent() -> None:
    """An intent that was applied long ago says nothing about who owns the run now; a beat does."""
    theatre = await Theatre.of(toy("scale"))
    silent = Silent(theatre.clock.monotonic)
    silent._logs, silent.silent = theatre.journals._logs, True
    theatre.journals = silent

    run = await theatre.until_parked_or_over()

    after = silent.asked[silent.asked.index("silence") :]
    assert after[:3] == ["silence", "beat", "append"]
    assert (run.outcome, theatre.cloud.sent("scale")) == ("completed", 1)


class Notebook:
    """Implements `Witness` in a dictionary."""

    def __init__(self) -> None:
        self.notes: dict[str, Kept] = {}
        self.steps: list[str] = []

    async def keep(self, kept: Sequence[Kept]) -> None:
        self.notes |= {each.draft.id: each for each in kept}
        self.steps += [getattr(each.draft.fact, "step", "") for each in kept]

    def drop(self, run: str, ids: Sequence[str]) -> None:
        for id in ids:
            self.notes.pop(id, None)

    def kept(self, run: str) -> Sequence[Kept]:
        return tuple(self.notes.values())


async def test_what_was_kept_and_then_found_out_again_is_told_once() -> None:
    """Redis was silent, and a person was faster: the look made ahead is made again, and what it saw is not kept on."""
    theatre = await Theatre.of(watch("one", "x"), watch("two", "x", needs=["one"]))
    theatre.cloud.values["x"] = 1
    append, notebook, silences = theatre.journals.append, Notebook(), 0

    async def silent(run: str, drafts: Sequence[Draft], **more: Any) -> Any:
        nonlocal silences
        if any(isinstance(draft.fact, StepSettled) and draft.fact.step == "one" for draft in drafts):
            if "two" not in notebook.steps:
                silences += 1
                await asyncio.sleep(0.001)
                raise Unavailable("no answer")
            theatre.journals.append = append  # type: ignore[method-assign]
            await theatre.say(NoteAdded(text="Redis is back"))
        return await append(run, drafts, **more)

    theatre.journals.append = silent  # type: ignore[method-assign]  # away, and back
    driver = theatre.driver()
    driver._outage.witness = notebook
    await asyncio.wait_for(driver.drive(), 5)

    told = {record.id for record in await theatre.journals.read(theatre.plan.run)}
    assert (await theatre.run()).status is Status.COMPLETED
    assert silences
    assert notebook.notes.keys() <= told
    assert await theatre.kinds("two") == ["step_started", "step_settled"]


async def test_an_outcome_that_told_a_secret_is_kept_without_it() -> None:
    """What AWS said is cleaned on its way into the journal; while that is silent it is on this host's disk."""
    name = "password=hunter2-hunter2"
    theatre = await Theatre.of(watch("one", name))
    theatre.cloud.values[name] = 1
    append, notebook = theatre.journals.append, Notebook()

    async def silent(run: str, drafts: Sequence[Draft], **more: Any) -> Any:
        if any(isinstance(draft.fact, StepSettled) for draft in drafts):
            theatre.wakeups.stop()
            raise Unavailable("no answer")
        return await append(run, drafts, **more)

    theatre.journals.append = silent  # type: ignore[method-assign]  # away for good
    driver = theatre.driver()
    driver._outage.witness = notebook
    with pytest.raises(Unavailable):
        await asyncio.wait_for(driver.drive(), 5)

    kept = [each.draft.fact for each in notebook.notes.values()]
    assert [fact.kind for fact in kept] == ["step_settled"]
    assert "hunter2" not in str(kept)
