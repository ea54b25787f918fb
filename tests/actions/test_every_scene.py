"""Every action plays in the local cloud: what changes has a scene, what looks is asked well and ill."""

from __future__ import annotations

from bot.actions.base import Check
from tests.actions import recovery_scenes, standby_scenes, test_over_http_telling
from tests.actions.assessing_scenes import SIGHTS
from tests.actions.scenes import own_scenes, own_sights
from tests.actions.test_over_http import CATALOGUE, WRITES, Stage, aws

__all__ = ["aws"]

OURS = {name: each for name, each in CATALOGUE.items() if type(each).__module__.startswith("bot.actions.")}
CHANGES = {name for name, each in OURS.items() if not isinstance(each, Check)}
SCENES = (*standby_scenes.SCENES, *recovery_scenes.SCENES, *test_over_http_telling.SCENES, *own_scenes())
EVERYWHERE = "route53.shift_traffic"  # the demo world has its record, and records belong to no region


def test_every_change_has_a_scene() -> None:
    """Run, repeat, lost answer, and a cloud that does nothing; without exception."""
    played = {scene.action for scene in SCENES} | {name for name, _, _ in WRITES}

    assert played == CHANGES


def test_every_check_is_asked_well_and_ill() -> None:
    """A check that cannot fail is no check."""
    sights = (*SIGHTS, *own_sights())
    well = {sight.check for sight in sights if sight.well}
    ill = {sight.check for sight in sights if not sight.well}

    assert well == ill == set(OURS) - CHANGES


def test_what_is_nowhere_is_said_by_every_action(aws: Stage) -> None:
    """In a region where nothing is, each one looks, says so in a sentence, and stops the plan where it must."""
    looks = {name: each.preflight(aws, nowhere(name)) for name, each in OURS.items()}

    ready = {name for name in CHANGES if looks[name].state == "ready"}
    assert ready == {EVERYWHERE} | {scene.action for scene in SCENES if scene.needs_nothing}
    assert all(look.change or look.findings for look in looks.values())
    assert aws.local.ledger() == []


def nowhere(name: str) -> object:
    each = OURS[name]
    return each.Params.model_validate({**each.rehearsal.params, "region": "eu-west-1"})
