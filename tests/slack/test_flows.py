"""Deciding by word, readiness on Home, shared channels and crowds, in both languages; the flows have their own room."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.language import LANGUAGES, Language, _, speaking
from bot.local.workspace.kinds import Json
from bot.local.workspace.person import Person
from bot.local.workspace.words import text_of
from bot.model.events import RunFinished, StepNeedsPerson, StepSettled, StepStarted
from bot.model.plan import Mode
from bot.usecases.plan_run import Asked, plan_run
from bot.usecases.start_run import start_run
from tests.slack.conftest import Bench
from tests.slack.test_outbox import until

LOCALES = {"en": "en-US", "ko": "ko-KR"}


@dataclass(frozen=True)
class Crew:
    """The bench, and what everybody here reads."""

    bench: Bench
    language: Language

    def said(self, text: str, **values: object) -> str:
        with speaking(self.language):
            return _(text, **values)

    async def hears(self, person: Person, text: str, **values: object) -> Json:
        """What only they can see, in their language."""
        words = self.said(text, **values)
        return await person.wait_for(lambda m: bool(m.get("is_ephemeral")) and words in text_of(m))


@pytest.fixture(params=LANGUAGES)
async def crew(request: pytest.FixtureRequest, bench: Bench) -> AsyncIterator[Crew]:
    """Everybody's Slack speaks this language; the door is open."""
    for user in bench.slack.world.members.values():
        user.locale = LOCALES[request.param]
    async with bench.door():
        yield Crew(bench, request.param)


async def test_every_decision_has_a_word(crew: Crew) -> None:
    """Approve and deny, answer, skip: the same forms as behind the buttons; a step need not be named."""
    bench = crew.bench
    async with bench.person("alice") as alice, bench.person("bob") as bob, bench.person("carol") as carol:
        run = await bench.a_run(bench.gate())
        await alice.command("/dr approve")
        await alice.wait_for_view(lambda view: view["callback_id"] == "gate.submit")
        await alice.submit({"typed": "orders-api us-west-2"})
        await bob.command("/dr deny orders-api declare")
        await bob.wait_for_view(lambda view: view["callback_id"] == "gate.submit")
        await bob.submit({"comment": "us-east-1 is coming back"})

        async def has_voted() -> bool:
            return len((await bench.desk.run(run.id)).steps["declare"].votes) == 2

        await until(has_voted)
        await bench.tell(run.id, bench.by_hand())
        await carol.command("/dr answer orders-api")
        await carol.wait_for_view(lambda view: view["callback_id"] == "manual.submit")
        await carol.close_view()
        await bench.tell(run.id, StepNeedsPerson(step="allowlist", why="it broke", choices=("retry", "skip", "abort")))
        await carol.command("/dr skip orders-api allowlist")
        await carol.wait_for_view(lambda view: view["callback_id"] == "ask.submit")
        await carol.close_view()
        await carol.command("/dr retry")
        await crew.hears(carol, "Noted on {run}.", run=f"`{run.id}`")

    assert (await bench.desk.run(run.id)).steps["allowlist"].chosen == "retry"


async def test_home_tells_how_ready_a_service_is(crew: Crew) -> None:
    """Nothing tried; then drilled, today."""
    bench = crew.bench
    async with bench.person("dave") as dave:
        await dave.open_home()
        before = await dave.wait_for_home(lambda view: "RTO" in text_of(view))
        run = await bench.a_run(StepStarted(step="declare", attempt=1), StepSettled(step="declare", seen="x"),
                                RunFinished(outcome="completed"))  # fmt: skip
        await dave.open_home()
        after = await dave.wait_for_home(lambda view: run.id in text_of(view))

    assert run.plan.mode is Mode.LIVE
    assert crew.said("Nothing was tried yet.") in text_of(before)
    assert crew.said("✓ PROVEN") in text_of(after)


async def test_nothing_is_started_or_told_where_strangers_read(crew: Crew) -> None:
    """The channel became shared: no start, and an open run moves to where only we read; the catalogue may allow it."""
    bench = crew.bench
    async with bench.person("carol") as carol:
        bench.slack.world.channel("C0INCIDENTS").is_ext_shared = True
        run = await bench.a_run(bench.gate())
        await carol.wait_for(lambda m: "gate.approve" in str(m), channel="status-internal")
        await carol.command("/dr failover orders-api")
        await carol.wait_for_view(lambda view: "shared_channels" in text_of(view))
        told = [message for message in await carol.messages() if run.id in str(message.get("blocks"))]
        words = (bench.folder / "catalog.yaml").read_text()
        (bench.folder / "catalog.yaml").write_text(f'shared_channels: ["#incidents"]\n{words}')
        bench.desk.library().refresh()
        await carol.command("/dr failover orders-api")
        await carol.wait_for_view(lambda view: view["callback_id"] == "start.submit")

    assert [message for message in told if not message.get("is_ephemeral")] == []


async def test_a_crowd_of_approvals_travels_in_one_message(crew: Crew) -> None:
    """Eight requests in a second: a few messages, each with a choice per run, and a vote from there counts."""
    bench = crew.bench
    async with bench.person("alice") as alice:
        plans = [await plan_run(bench.desk, Asked("orders-api", mode=Mode.DRY_RUN, inputs={
            "impact_started_at": (bench.clock.now() - timedelta(minutes=4)).isoformat()
        }), bench.caller("carol")) for _each in range(8)]  # fmt: skip
        runs = await asyncio.gather(*(start_run(bench.desk, plan, bench.caller("carol")) for plan in plans))
        await asyncio.gather(*(bench.tell(run.id, bench.gate()) for run in runs))
        call = await alice.wait_for(lambda m: str(m).count("gate.choose") > 1, timeout=20)
        block = next(each for each in call["blocks"] if each.get("accessory"))
        asked = next(run for run in runs if run.id in block["block_id"])
        await alice.click(call["ts"], "gate.choose", value="approve", block_id=block["block_id"])
        await alice.wait_for_view(lambda view: view["callback_id"] == "gate.submit")
        await alice.submit({"typed": "orders-api us-west-2"})

        await alice.wait_for(lambda m: m["ts"] == call["ts"] and "1 so far" in text_of(m), timeout=20)

    assert len((await bench.desk.run(asked.id)).steps["declare"].votes) == 1
