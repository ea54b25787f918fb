"""Scenes: what an action finds in the local cloud, and what it is given there.

A scene makes what it needs through AWS's own calls and returns the action's parameters. Those of a new action stand in
its own test file, as `SCENES` of a change or `SIGHTS` of a check; they are found there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from pydantic import JsonValue

from bot.actions.catalogue import Catalogue
from tests.cloud_fixture import LocalCloud

Given = dict[str, JsonValue]
Arrange = Callable[[LocalCloud], Given]


@dataclass(frozen=True)
class Scene:
    """A change, what it is given, and the call that carries it (`rds.promote_read_replica`)."""

    action: str
    call: str
    arrange: Arrange
    at_once: bool = False
    """AWS has done it when it answers, or within a second; everything else is seen on its way first."""
    needs_nothing: str = ""
    """Why it could begin in a region where nothing is; most changes cannot."""

    def __str__(self) -> str:
        return f"{self.action}-{self.arrange.__name__.removeprefix('a_')}"


@dataclass(frozen=True)
class Sight:
    """A check, its world, and what it measures there; `Pending` or `StepBroke` where it does not settle."""

    check: str
    arrange: Arrange
    measured: Any
    well: bool

    def __str__(self) -> str:
        return f"{self.check}-{'well' if self.well else 'ill'}-{self.measured}"


def well(check: str, arrange: Arrange, measured: Any) -> Sight:
    """All is well, and the check says so."""
    return Sight(check, arrange, measured, well=True)


def ill(check: str, arrange: Arrange, measured: Any) -> Sight:
    """Something is wrong, and the check says so."""
    return Sight(check, arrange, measured, well=False)


def own_scenes() -> list[Scene]:
    """The scenes in the test files of the actions themselves."""
    return _found("SCENES")


def own_sights() -> list[Sight]:
    """The sights in the test files of the checks themselves."""
    return _found("SIGHTS")


def _found(kept_as: str) -> list[Any]:
    homes = [f"tests.actions.{name.replace('.', '.test_')}" for name in Catalogue.discover(private=[])]
    there = [home for home in homes if find_spec(home.rpartition(".")[0]) and find_spec(home)]
    return [each for home in there for each in getattr(import_module(home), kept_as, ())]
