"""A driver whose journal falls silent in the middle of an append."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.adapters.memory.journal import MemoryJournals
from bot.model.errors import Unavailable
from bot.model.events import StepStarted
from bot.model.records import Draft, Record
from bot.ports.journal import Head
from tests.engine.stories import Theatre, toy


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
