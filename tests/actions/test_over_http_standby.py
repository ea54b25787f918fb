"""Fencing, promoting and scaling against the local AWS over HTTP: each works, repeats, survives and tells the truth.

Every action in `standby_scenes` is held to the same four promises, the last of them in a cloud that says yes and does
nothing.
"""

from __future__ import annotations

import pytest

from bot.actions.base import Action
from bot.actions.shapes import Job
from bot.model.action import NotStarted, Observation, Pending, Settled
from bot.model.errors import AlreadyThere, OutcomeUnknown
from tests.actions.scenes import Scene, own_scenes
from tests.actions.standby_scenes import SCENES
from tests.actions.test_over_http import TOKEN, Stage, arranged, aws, verdict_of

__all__ = ["aws"]

every_scene = pytest.mark.parametrize("scene", [*SCENES, *own_scenes()], ids=str)


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
    repeatable = isinstance(each, Job)  # what ran can be run again
    assert each.preflight(aws, given).state == ("ready" if repeatable else "already_done")
    if each.spec.irreversible:
        assert type(each).rollback is Action.rollback
    else:
        each.rollback(aws, given, before, f"{TOKEN}-undo")
        aws.until_settled(lambda: each.undone(aws, given, before))
        assert each.remember(aws, given) == before
    assert aws.beyond(each) == set()


@every_scene
def test_a_repeat_does_no_harm(aws: Stage, scene: Scene) -> None:
    """The same send again, as after a lost answer, changes nothing or is refused; the change still arrives."""
    each, given = arranged(aws, scene)
    before = each.remember(aws, given)
    each.execute(aws, given, TOKEN)

    verdict = verdict_of(aws, each, given)

    assert verdict is None or isinstance(verdict, AlreadyThere), verdict
    assert aws.until_settled(lambda: each.verify(aws, given, before))
    assert sum(call["applied"] for call in aws.local.ledger(scene.call)) == 1 or verdict is None


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
