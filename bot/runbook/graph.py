"""The graph that `needs` draws: order, ancestors, cycles, the longest way.

Works on anything that has `needs`, so a runbook's steps and a plan's steps are read by the same code. Unknown needs are
passed over here; the lint names them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

MAX_STEPS = 500


class HasNeeds(Protocol):
    """One node."""

    @property
    def needs(self) -> tuple[str, ...]: ...


def topological(steps: Mapping[str, HasNeeds]) -> tuple[str, ...]:
    """Ids such that each comes after all it needs, else in the author's order; without steps on or behind a cycle."""
    waits = {step_id: set(step.needs) & steps.keys() for step_id, step in steps.items()}
    needed_by: dict[str, list[str]] = {step_id: [] for step_id in steps}
    for step_id, needs in waits.items():
        for need in needs:
            needed_by[need].append(step_id)
    place = {step_id: index for index, step_id in enumerate(steps)}
    ready = [step_id for step_id, needs in waits.items() if not needs]
    order: list[str] = []
    while ready:
        ready.sort(key=place.__getitem__, reverse=True)
        done = ready.pop()
        order.append(done)
        for step_id in needed_by[done]:
            waits[step_id].discard(done)
            if not waits[step_id]:
                ready.append(step_id)
    return tuple(order)


def ancestors(steps: Mapping[str, HasNeeds]) -> dict[str, frozenset[str]]:
    """For each step every step above it, near or far. On or behind a cycle that is every step, itself included."""
    found: dict[str, frozenset[str]] = {}
    for step_id in topological(steps):
        needs = [need for need in steps[step_id].needs if need in steps]
        found[step_id] = frozenset(needs).union(*(found[need] for need in needs))
    everything = frozenset(steps)
    for step_id in steps.keys() - found.keys():
        found[step_id] = everything
    return found


def cycle(steps: Mapping[str, HasNeeds]) -> tuple[str, ...]:
    """One cycle as a path that ends where it began, or nothing: `("a", "b", "a")` when a needs b and b needs a."""
    settled = set(topological(steps))
    stuck = [step_id for step_id in steps if step_id not in settled]
    if not stuck:
        return ()
    trail: list[str] = []
    here = stuck[0]
    while here not in trail:
        trail.append(here)
        here = next(need for need in steps[here].needs if need in steps and need not in settled)
    return (*trail[trail.index(here) :], here)


def critical_path(steps: Mapping[str, HasNeeds], cost: Mapping[str, timedelta]) -> tuple[str, ...]:
    """The chain of steps that takes longest, first to last."""
    best: dict[str, tuple[timedelta, tuple[str, ...]]] = {}
    for step_id in topological(steps):
        before = max((best[need] for need in steps[step_id].needs if need in best), default=(timedelta(0), ()))
        best[step_id] = (before[0] + cost.get(step_id, timedelta(0)), (*before[1], step_id))
    return max(best.values(), key=lambda way: way[0], default=(timedelta(0), ()))[1]
