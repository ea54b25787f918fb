"""The channel hears that the store of all runs is in trouble, though the outbox cannot ask it for anything."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.language import speaking
from bot.language.told import told
from bot.local.workspace.words import text_of
from bot.model.events import GateOpened, RunCreated, StepExecuted, StepSettled, StepStarted
from bot.model.people import BOT
from bot.model.records import Draft, seal
from bot.model.run import Run
from bot.ports.witness import Memory, Trouble, TroubleKind
from bot.slack.app import SlackDoor
from bot.slack.crier import beginning, folded
from tests.builders import NOW, a_gate, a_plan, a_step
from tests.slack.conftest import Bench


@dataclass
class Health:
    """As a test sets it."""

    trouble: Trouble | None = None
    known: Sequence[Memory] = ()

    def last_known(self) -> Sequence[Memory]:
        return self.known


def a_memory() -> Memory:
    """One step done, one in doubt, one asking."""
    plan = a_plan(a_step("scale"), a_step("promote"), a_step("shift", gate=a_gate()))
    facts = [
        RunCreated(plan=plan), StepStarted(step="scale", attempt=1), StepExecuted(step="scale", attempt=1),
        StepSettled(step="scale", seen="24 tasks"), StepStarted(step="promote", attempt=1),
        GateOpened(step="shift", text="go?", expires_at=NOW),
    ]  # fmt: skip
    drafts = [Draft(id=str(number), at=NOW, actor=BOT, fact=fact) for number, fact in enumerate(facts)]
    return Memory(plan.run, tuple(record for record, _ in seal(drafts, run=plan.run, epoch=1, after=0, prev="")))


@pytest.mark.parametrize(
    ("kind", "next_move"),
    [("away", "goes on by itself"), ("refuses", "goes on by itself"), ("wiped", "dr rebuild"), ("lost", "dr rebuild"),
     ("disk", "disk takes writes")],
)  # fmt: skip
def test_it_names_what_is_done_what_is_in_doubt_and_what_comes_next(kind: TroubleKind, next_move: str) -> None:
    """A person who reads only this knows what not to assume."""
    run: Run = folded(a_memory())

    said = str(beginning(run, Trouble(kind, "Redis does not answer: <!channel>", NOW)).payload())

    assert "*Done:* `scale`" in said
    assert "*In flight or in doubt:* `promote`" in said
    assert "(answers cannot be stored now):* `shift`" in said
    assert next_move in said
    assert "<!channel>" not in said


def test_the_trouble_itself_is_said_in_the_channels_language() -> None:
    """What the store said in its own words is said again, not quoted in English."""
    trouble = Trouble("away", told("Redis does not answer: {error}", error="timed out"), NOW)

    with speaking("ko"):
        said = str(beginning(folded(a_memory()), trouble).payload())

    assert "Redis가 응답하지 않습니다: timed out" in said
    assert "does not answer" not in said


def test_a_memory_with_a_hole_is_told_as_far_as_it_is_whole() -> None:
    """What lies behind the hole is not claimed."""
    memory = a_memory()

    run = folded(Memory(memory.run, (*memory.records[:2], *memory.records[3:])))

    assert run.seq == 2


async def test_row_23_the_channel_hears_of_it_within_ten_seconds_and_once(bench: Bench) -> None:
    """One message when it lasts, one when it is over; nothing for a short hiccup."""
    health = Health()
    door = SlackDoor(bench.desk, bench.settings, bench.sent, bench.leases, owner="bot-1", store=health)
    async with door, bench.person("carol") as carol:
        run = await bench.a_run()
        health.known = [Memory(run.id, tuple(await bench.desk.records(run.id)))]
        await carol.wait_for_text("Failover of orders-api")
        health.trouble = Trouble("away", "Redis does not answer", bench.clock.now())
        began = time.monotonic()
        await carol.wait_for_text("Redis does not answer", timeout=12)
        took = time.monotonic() - began
        health.trouble = None

        await carol.wait_for_text("answers again", timeout=5)

        texts = [text_of(message) for message in await carol.messages()]
        health.trouble = Trouble("away", "Redis hiccups", bench.clock.now() + timedelta(seconds=60))
        assert took < 10
        assert sum("Redis does not answer" in text for text in texts) == 1
        assert not any("hiccups" in text for text in texts)
