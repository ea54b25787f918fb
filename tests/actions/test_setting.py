"""The shape of most actions: look, want, put. What follows from these three is shown once, on a lamp."""

from __future__ import annotations

from typing import Any

import pytest

from bot.actions.base import Params
from bot.actions.setting import Seen, Setting
from bot.actions.states import Switch
from bot.model.action import NotStarted, Pending, Settled
from bot.model.errors import StepBroke


class Lamp:
    """An `Aws` of one lamp; `slow` accepts and does not arrive, `deaf` says yes and does nothing."""

    def __init__(self, *, on: bool, mood: str = "") -> None:
        self.on, self.mood, self.moving, self.puts = on, mood, "", 0


class Light(Setting[Params, Switch]):
    """Switches the lamp on."""

    State = Switch

    def look(self, aws: Any, params: Params) -> Seen[Switch]:
        if aws.mood == "gone":
            raise StepBroke("There is no lamp; buy one.")
        return Seen(name="lamp", state=Switch(on=aws.on), moving=aws.moving)

    def wanted(self, params: Params, now: Switch) -> Switch:
        return Switch(on=True)

    def put(self, aws: Any, params: Params, seen: Seen[Switch], state: Switch, token: str) -> None:
        aws.puts += 1
        if aws.mood != "deaf":
            aws.on, aws.moving = state.on, "warming up" if aws.mood == "slow" else ""


LIGHT: Any = Light()
HERE = Params(region="us-west-2")


@pytest.mark.parametrize(
    ("mood", "moving", "on", "state"),
    [("", "", False, "ready"), ("", "", True, "already_done"), ("", "rebooting", False, "blocked"),
     ("gone", "", False, "blocked")],
)  # fmt: skip
def test_a_plan_says_what_would_change(mood: str, moving: str, on: bool, state: str) -> None:
    """Nothing is begun on what is missing, moving, or done already."""
    lamp = Lamp(on=on, mood=mood)
    lamp.moving = moving

    assert LIGHT.preflight(lamp, HERE).state == state


@pytest.mark.parametrize(("mood", "expected"), [("", Settled), ("slow", Pending), ("deaf", NotStarted)])
def test_verify_believes_only_its_eyes(mood: str, expected: type) -> None:
    """The put was answered with yes in all three."""
    lamp = Lamp(on=False, mood=mood)

    LIGHT.execute(lamp, HERE, "token")

    assert isinstance(LIGHT.verify(lamp, HERE, {}), expected)


def test_a_repeat_sends_nothing() -> None:
    """What is there is not asked for again."""
    lamp = Lamp(on=False)
    LIGHT.execute(lamp, HERE, "token")

    LIGHT.execute(lamp, HERE, "token")

    assert lamp.puts == 1


@pytest.mark.parametrize("before", [True, False])
def test_undo_restores_what_was_and_not_the_opposite(before: bool) -> None:
    """A lamp that was on before us stays on."""
    lamp = Lamp(on=before)
    remembered = LIGHT.remember(lamp, HERE)
    LIGHT.execute(lamp, HERE, "token")

    LIGHT.rollback(lamp, HERE, remembered, "token-undo")

    assert lamp.on is before
    assert isinstance(LIGHT.undone(lamp, HERE, remembered), Settled)
