"""One flow of the surface after another, played by the cast on the bench: the real app, socket, workspace and Redis.

The engine's facts are told by hand, so that each test is about what people see and do.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.language import LANGUAGES
from bot.local.workspace.kinds import Json
from bot.local.workspace.person import Person
from bot.local.workspace.words import text_of
from bot.model.action import Risk
from bot.model.events import ActionRefused, Fact, GateGranted, RunTaken, StepSettled, StepStarted
from bot.model.plan import PlannedStep
from bot.model.run import Run
from bot.model.step_run import Phase
from bot.usecases.start_run import start_run
from tests.builders import a_gate, a_read, a_step
from tests.journeys.cast import PEOPLE, Cast, a_cast
from tests.slack.conftest import CATALOG, RUNBOOK, Bench
from tests.slack.test_outbox import until

NAG = "\n      nag: { every: 3m, escalate_after: 9m }"
SERVICE = """
    language: %s
    notify: { status_every: 15m, to: ["#orders", "#payments"] }"""
BOARD = a_gate(2, typed="orders-api us-west-2", show=("plan",))
BOTH_ROLES = a_gate(
    2, kind="confirm", groups=(), typed="orders-db us-west-2",
    roles=(("ops", ("@orders-sre",)), ("ic", ("@sre-leads", "@eng-directors"))),
)  # fmt: skip
STEPS = (
    a_read("preflight", title="Is the standby ready?"),
    a_step("declare", title="GO / NO-GO", kind="approve", needs=("preflight",), gate=BOARD),
    a_step("scale_api", title="Scale the api to full size", needs=("declare",)),
    a_step("wait_capacity", title="Wait for a healthy fleet", kind="wait", needs=("scale_api",),
           wait_for=timedelta(minutes=17)),
    a_step("promote_db", title="Promote the database", needs=("wait_capacity",), gate=BOTH_ROLES,
           risk=Risk.DATA_LOSS, point_of_no_return=True, irreversible="The old primary's last writes are gone."),
)  # fmt: skip
"""A gate, a change, a wait and a point of no return; the runbook of the bench has a gate and a manual step."""


@dataclass(frozen=True)
class Play:
    """The bench and the cast."""

    bench: Bench
    cast: Cast

    async def a_run(self, *facts: Fact, steps: tuple[PlannedStep, ...] = ()) -> Run:
        """Carol's run; of these steps when some are given."""
        plan = await self.bench.a_plan()
        plan = plan.model_copy(update={"steps": steps}) if steps else plan
        run = await start_run(self.bench.desk, plan, self.bench.caller("carol"))
        return await self.bench.tell(run.id, RunTaken(owner="worker"), *facts)

    async def until(self, holds: Callable[[Run], bool], run: str) -> Run:
        """The run, once it is so."""

        async def is_so() -> bool:
            return holds(await self.bench.desk.run(run))

        await until(is_so)
        return await self.bench.desk.run(run)

    async def agreed(self, run: Run, step: str, *by: str) -> Run:
        """What the engine tells once enough people have said yes."""
        granted = StepSettled(step=step, seen=f"{len(by)} of {len(by)} approved", how="granted")
        return await self.bench.tell(run.id, GateGranted(step=step, by=by), granted)

    async def kinds(self, run: Run) -> list[str]:
        """Everything that happened, by kind."""
        return [record.fact.kind for record in await self.bench.desk.records(run.id)]

    async def refusals(self, run: Run) -> list[tuple[str, str]]:
        """Who was refused on record, by name, and why."""
        story = await self.bench.desk.records(run.id)
        return [(each.actor.name, each.fact.reason) for each in story if isinstance(each.fact, ActionRefused)]

    def calls(self, method: str, ts: str = "") -> list[Json]:
        """What the bot asked of Slack: every call of a method, about one message when given its timestamp."""
        made = [call.args for call in self.bench.slack.api.calls if call.method == method and call.error is None]
        return [args for args in made if not ts or args.get("ts") == ts]

    def frozen(self, message: Json) -> Json:
        """An old copy of a message, as somebody's phone still shows it."""
        stale: Json = {**message, "ts": message["ts"] + "0"}
        self.bench.slack.world.channel("C0INCIDENTS").messages[stale["ts"]] = stale
        return stale

    async def gone(self, who: Person, ts: str) -> None:
        """Until a message stands there no more."""

        async def is_gone() -> bool:
            return all(message["ts"] != ts for message in await who.messages())

        await until(is_gone)


@pytest.fixture(params=LANGUAGES)
async def play(request: pytest.FixtureRequest, bench: Bench) -> AsyncIterator[Play]:
    """A house with all roles, whose channel and people speak one language; the door is open."""
    roster = CATALOG[CATALOG.index("people:") : CATALOG.index("services:")]
    words = CATALOG.replace(roster, PEOPLE.lstrip("\n"))
    words = words.replace('channel: "#incidents"', f'channel: "#incidents"{SERVICE % request.param}', 1)
    (bench.folder / "catalog.yaml").write_text(words)
    (bench.folder / "failover.yaml").write_text(RUNBOOK.rstrip() + NAG + "\n")
    bench.desk.library().refresh()
    assert not [each for each in bench.desk.library().problems if each.level == "error"]
    async with a_cast(bench.slack, request.param) as cast, bench.door():
        yield Play(bench, cast)


def is_done(step: str) -> Callable[[Run], bool]:
    """Whether a step has settled."""
    return lambda run: run.steps[step].phase is Phase.SETTLED


def begun(step: str, attempt: int = 1) -> StepStarted:
    """The engine has begun it."""
    return StepStarted(step=step, attempt=attempt, token=f"token-{step}")


def said(message: Json) -> str:
    """Everything that a message says, its fallback too."""
    return f"{text_of(message)}\n{message.get('text', '')}"
