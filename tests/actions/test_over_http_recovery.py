"""Restoring, provisioning, shifting and drilling against the local AWS over HTTP: the same four promises.

A job has no name of ours, so its identity is what was not there before; everything else is told from its state.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bot.actions.base import Action
from bot.actions.shapes import Job
from bot.local.cloud import Cloud
from bot.model.action import Before, NotStarted, Observation, Pending, Settled
from bot.model.errors import AlreadyThere, OutcomeUnknown
from tests.actions.recovery_scenes import SCENES
from tests.actions.scenes import Scene
from tests.actions.test_over_http import TOKEN, Stage, arranged, aws, verdict_of
from tests.cloud_fixture import LocalCloud

__all__ = ["aws"]


@pytest.fixture(scope="module")
def cloud_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A world without the demo in it: scenes bring their own, and a reset costs next to nothing."""
    bare = tmp_path_factory.mktemp("world") / "bare.yaml"
    bare.write_text("calls: []\napps: []\n")
    with Cloud(frozen=True, seed=bare) as process:
        yield LocalCloud(process.url)


every_scene = pytest.mark.parametrize("scene", SCENES, ids=str)


@every_scene
def test_runs_to_the_end_and_back(aws: Stage, scene: Scene) -> None:
    """Ready, not begun, sent once, seen to arrive, nothing left to do; undo brings back what was."""
    each, given = arranged(aws, scene)
    look, before = each.preflight(aws, given), each.remember(aws, given)
    idle = each.verify(aws, given, before)

    each.execute(aws, given, TOKEN)
    at_once = isinstance(each.verify(aws, given, before), Settled)
    settled = aws.until_settled(lambda: each.verify(aws, given, before))

    assert look.state == "ready", look
    assert look.targets
    assert isinstance(idle, NotStarted), idle
    assert at_once == scene.at_once
    assert [call["action"] for call in aws.local.ledger()] == [scene.call]
    assert each.Results.model_validate(settled.results)
    assert each.preflight(aws, given).state == ("ready" if isinstance(each, Job) else "already_done")
    if not each.spec.irreversible:
        each.rollback(aws, given, before, f"{TOKEN}-undo")
        aws.until_settled(lambda: each.undone(aws, given, before))
    assert aws.beyond(each) == set()


@every_scene
def test_a_repeat_does_no_harm(aws: Stage, scene: Scene) -> None:
    """The same send again, as after a lost answer, changes nothing or is refused; AWS acted once."""
    each, given = arranged(aws, scene)
    before = each.remember(aws, given)
    each.execute(aws, given, TOKEN)

    verdict = verdict_of(aws, each, given)

    assert verdict is None or isinstance(verdict, AlreadyThere), verdict
    assert aws.until_settled(lambda: each.verify(aws, given, before))
    assert happened(aws, each, given, before, scene) == 1


@every_scene
def test_a_lost_answer_is_unknown_and_looking_tells(aws: Stage, scene: Scene) -> None:
    """AWS acted and we did not hear: the verdict admits it, and the next look finds the change."""
    each, given = arranged(aws, scene)
    before = each.remember(aws, given)
    aws.local.fault("lost_response", scene.call)

    verdict = verdict_of(aws, each, given)
    seen: Observation = each.verify(aws, given, before)

    assert isinstance(verdict, OutcomeUnknown), verdict
    assert isinstance(seen, Pending | Settled), seen


@every_scene
def test_a_cloud_that_says_yes_and_does_nothing_is_found_out(aws: Stage, scene: Scene) -> None:
    """Verify looks at the wanted state, not at the answer to our request."""
    each, given = arranged(aws, scene)
    before = each.remember(aws, given)
    aws.local.fault("hollow", scene.call)
    each.execute(aws, given, TOKEN)

    seen = each.verify(aws, given, before)

    assert isinstance(seen, NotStarted), seen


def test_routing_controls_move_while_an_endpoint_is_silent(aws: Stage) -> None:
    """The first region's endpoint does not answer; the next one reads and changes."""
    each, given = arranged(aws, next(scene for scene in SCENES if scene.action == "arc.set_routing_controls"))
    aws.local.region("us-east-1", "down", mode="refuse")

    each.execute(aws, given, TOKEN)
    seen = each.verify(aws, given, {})

    assert isinstance(seen, Settled)
    assert seen.results == {"on": ["west"], "endpoint": "us-west-2"}


def happened(aws: Stage, each: Action[Any], given: Any, before: Before, scene: Scene) -> int:
    """How often AWS acted: jobs that are new, else calls that were carried out."""
    if isinstance(each, Job):
        return sum(job.id not in list(before["known"]) for job in each.jobs(aws, given))  # type: ignore[call-overload]
    return sum(call["applied"] for call in aws.local.ledger(scene.call))
