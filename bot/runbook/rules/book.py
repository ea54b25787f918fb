"""What every rule is handed: the runbook with everything worked out once, and the words to complain in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from bot.model.action import ActionSpec, ValueType
from bot.model.runbook import Condition, Runbook, Step
from bot.model.service import Catalog, Service
from bot.runbook import graph
from bot.runbook.checker import View
from bot.runbook.declarations import Declared, declare
from bot.runbook.nodes import Map, Path, child


@dataclass(frozen=True)
class Found:
    """One complaint about the thing at `path`."""

    path: Path
    text: str
    code: str
    level: Literal["error", "warning"] = "error"
    key: bool = False
    """Point at the key, not at its value."""
    offset: int = 0
    """In a template: where in its text."""
    marker: str = ""


Rule = Callable[["Book"], Iterator[Found]]


@dataclass(frozen=True)
class Book:
    """A runbook under examination."""

    runbook: Runbook
    node: Map
    damaged: frozenset[str]
    """Steps that lost a part to an error which has been told already."""
    specs: Mapping[str, ActionSpec]
    catalog: Catalog | None
    names: frozenset[str] | None
    """Runbooks that `call` may name; None when the folder is not known."""

    @property
    def steps(self) -> dict[str, Step]:
        return self.runbook.steps

    @cached_property
    def whole_steps(self) -> dict[str, Step]:
        return {step_id: step for step_id, step in self.steps.items() if step_id not in self.damaged}

    @cached_property
    def above(self) -> dict[str, frozenset[str]]:
        return graph.ancestors(self.steps)

    @cached_property
    def services(self) -> tuple[Service, ...]:
        """The services that this runbook serves."""
        every = self.catalog.services.values() if self.catalog else ()
        return tuple(each for each in every if self.runbook.runbook in each.runbooks.values())

    @cached_property
    def declared(self) -> Declared:
        known = declare(self.runbook, self.specs, self.services)
        written = child(self.node, "inputs")
        names = written.entries if isinstance(written, Map) else ()
        lost: dict[str, ValueType] = {f"inputs.{name}": "dyn" for name in names if name not in self.runbook.inputs}
        return replace(known, base={**known.base, **lost})  # an input with a mistake in it is told of once

    def view(self, step_id: str = "", *, itself: bool = False) -> View:
        """What a step may read; without a step, what is known before any has run."""
        if not step_id:
            return View(self.declared, None)
        above = self.above[step_id]
        lenient = bool(self.damaged & (above | {step_id})) or step_id in above
        return View(self.declared, above | {step_id} if itself else above, step_id, lenient)

    def conditions(self, step_id: str) -> Iterator[tuple[Path, Condition]]:
        """The checks of a step's `wait` and `verify`."""
        step = self.steps[step_id]
        for name, holder in (("wait", step.wait), ("verify", step.verify)):
            for index, condition in enumerate(holder.until if holder else ()):
                yield ("steps", step_id, name, "until", index), condition

    def spec(self, step: Step) -> ActionSpec | None:
        return self.specs.get(step.uses) if step.uses else None
