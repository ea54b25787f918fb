"""Between approval and sending the world becomes another one: nothing is sent, people see why, agree anew, it goes on.

Over the real app, socket, Redis and engine, against the local cloud, by four people in both languages.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.language import LANGUAGES, Language, again, speaking
from bot.local.parts import aws_environ
from bot.local.workspace.words import text_of
from bot.model.events import ChangeFound, GateGranted, RunFinished, StepNeedsPerson
from tests.cloud_fixture import LocalCloud, cloud, cloud_process
from tests.journeys.cast import PARTS, a_cast, form, has
from tests.journeys.test_approvals import HOUSE, PATIENCE, PHRASE, Stage
from tests.journeys.test_wrong_people import served
from tests.slack.conftest import RUNBOOK

__all__ = ["cloud", "cloud_process"]
WORKERS = "orders-workers"
SCALE = """
  scale_workers:
    title: Scale the workers
    needs: [allowlist]
    uses: autoscaling.resize_group
    region: us-west-2
    tier: R2
    with: { group: "${{ resources.workers.group }}", desired: 3 }
"""
RESOURCES = f"    resources: {{ workers: {{ group: {WORKERS} }} }}\n"
SERVED = "    runbooks: { failover: orders-api.failover }\n"
BOARD = HOUSE.replace(SERVED, RESOURCES + SERVED)
FREEZE = """
freezes:
  - from: 2020-01-01T00:00:00Z
    to: 2099-01-01T00:00:00Z
    why: The books are being closed.
    kinds: [failover]
"""


@asynccontextmanager
async def a_stage(home: Path, language: Language) -> AsyncIterator[Stage]:
    """Alice and Bob have let the whole plan pass, and it waits for Carol's hands before anything is sent."""
    house = served(home, runbook=RUNBOOK + SCALE, roster=f"language: {language}\n{BOARD}")
    async with house as scene, a_cast(scene.slack, language) as cast:
        stage = Stage(scene, {who: getattr(cast, who) for who in PARTS}, language)
        ask = await stage.starts()
        await stage.votes("alice", ask, typed=PHRASE)
        await stage.votes("bob", ask, typed=PHRASE)
        await stage.told(GateGranted)
        yield stage


async def done_by_hand(stage: Stage) -> None:
    """Carol has done what held the run; the next step is the one that changes AWS."""
    carol = stage.people["carol"]
    ask = await carol.wait_for(has("manual.answer"), PATIENCE)
    await carol.click(ask["ts"], "manual.answer")
    await carol.wait_for_view(form("manual.submit"))
    await carol.submit({"answer": "PSP-4821"})


async def stopped_again(stage: Stage) -> None:
    """The step asks a person for the second time."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while sum(isinstance(each.fact, StepNeedsPerson) for each in await stage.story()) < 2:
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.05)


@pytest.fixture
def world(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> LocalCloud:
    """The demo's AWS, where what takes minutes is there at the first look."""
    cloud.run(speed=500)
    for name, value in {**aws_environ(cloud.url), "no_proxy": "127.0.0.1,localhost"}.items():
        monkeypatch.setenv(name, value)
    return cloud


def made_anew(world: LocalCloud) -> None:
    """Somebody deletes the group and makes another one of the same name."""
    aws = world.client("autoscaling")
    aws.delete_auto_scaling_group(AutoScalingGroupName=WORKERS, ForceDelete=True)
    aws.create_auto_scaling_group(
        AutoScalingGroupName=WORKERS, LaunchConfigurationName=WORKERS, MinSize=0, MaxSize=12, DesiredCapacity=0,
        AvailabilityZones=["us-west-2a"],
    )  # fmt: skip


def sent(world: LocalCloud) -> int:
    """How often AWS was told to resize the group."""
    return len(world.ledger("autoscaling.update_auto_scaling_group"))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_became_another_thing_is_shown_and_agreed_to_anew(
    tmp_path: Path, world: LocalCloud, language: Language
) -> None:
    """Another group of the same name, another entry in the catalogue: nothing is sent until the board has seen both."""
    async with a_stage(tmp_path, language) as stage:
        catalog = tmp_path / "runbooks" / "catalog.yaml"
        made_anew(world)
        catalog.write_text(catalog.read_text().replace(RESOURCES, RESOURCES + "    depends_on: [payments]\n"))
        await done_by_hand(stage)
        found = await stage.told(ChangeFound)
        ask = await stage.people["alice"].wait_for(
            lambda message: has("gate.approve")(message) and "depends_on" in text_of(message), PATIENCE
        )
        shown, early = text_of(ask), sent(world)
        await stage.presses("dave", ask)
        await stage.votes("bob", ask, typed=PHRASE)
        await stage.votes("alice", ask, typed=PHRASE)
        end = await stage.told(RunFinished)
        agreed = stage.says("*APPROVED.* The run goes on.")
        await stage.people["dave"].wait_for(lambda m: m["ts"] == ask["ts"] and agreed in text_of(m), PATIENCE)

        with speaking(language):
            why = again(found.why)
        assert found.targets
        assert found.targets[0] in shown
        assert why.splitlines()[0][:40] in shown, "in the language that is read here"
        assert (early, sent(world)) == (0, 1)
        assert end.outcome == "completed"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_freeze_that_came_meanwhile_holds_the_step_until_it_is_lifted(
    tmp_path: Path, world: LocalCloud, language: Language
) -> None:
    """Trying again meets the same rule; whoever may edits the catalogue, and the step goes on as it was approved."""
    async with a_stage(tmp_path, language) as stage:
        catalog, carol = tmp_path / "runbooks" / "catalog.yaml", stage.people["carol"]
        house = catalog.read_text()
        catalog.write_text(house + FREEZE)
        await done_by_hand(stage)
        stopped = await stage.told(StepNeedsPerson)
        ask = await carol.wait_for(has("ask.retry"), PATIENCE)
        shown = text_of(ask)
        await stage.people["dave"].click(ask["ts"], "ask.retry")
        await stopped_again(stage)
        early = sent(world)
        catalog.write_text(house)
        await carol.command("/dr choose orders-api scale_workers retry")
        end = await stage.told(RunFinished)

        with speaking(language):
            assert again(stopped.why) in shown
        assert "The books are being closed." in shown
        assert (early, sent(world)) == (0, 1)
        assert end.outcome == "completed"
