"""Tiers: what is never done here, and a runbook that asks for less than its action's code does."""

from __future__ import annotations

from collections.abc import Iterator

from bot.language import told
from bot.model.tiers import TIERS, Tier, why_never
from bot.runbook.nodes import Path
from bot.runbook.rules.book import Book, Found


def nothing_is_r4(book: Book) -> Iterator[Found]:
    for step_id, step in book.steps.items():
        for path, name in _called(step_id, step.uses, step.rollback.uses if step.rollback else None):
            spec = book.specs.get(name)
            why = why_never(spec.name, spec.risk, spec.permissions) if spec is not None else ""
            if why:
                yield Found(path, why, "never")


def tiers_are_raised_only(book: Book) -> Iterator[Found]:
    for step_id, step in book.steps.items():
        path: Path = ("steps", step_id, "tier")
        spec = book.spec(step)
        if step.tier is None or (step.uses is not None and spec is None):
            continue
        if spec is None:
            text = told("`tier` raises an action; this step has none. Remove it.")
            yield Found(path, text, "out-of-place", key=True)
        elif step.tier is Tier.R4:
            yield Found(path, told("R4 is never run, so nothing is raised to it. Remove the step, or use R3."), "never")
        elif step.tier.rank < TIERS[spec.risk].rank:
            floor = TIERS[spec.risk]
            text = told(
                "{name} is {floor} by its own code; a runbook may raise that and never lower it. Remove `tier`.",
                name=spec.name,
                floor=floor,
            )
            yield Found(path, text, "tier-lowered")


def gates_of_r3_are_whole(book: Book) -> Iterator[Found]:
    for step_id, step in book.steps.items():
        spec = book.spec(step)
        if spec is None or max(TIERS[spec.risk].rank, step.tier.rank if step.tier else 0) < Tier.R3.rank:
            continue
        gate, asked = step.confirm or step.approve, "confirm" if step.confirm else "approve"
        if gate is not None and "expires" in gate.model_fields_set and gate.expires > Tier.R3.lasts:
            text = told("An R3 approval counts for ten minutes, and this one is cut to that. Write `expires: 10m`.")
            yield Found(("steps", step_id, asked, "expires"), text, "below-the-floor", "warning", key=True)
        if step.approve is not None and step.approve.count < Tier.R3.approvers:
            text = told("R3 asks two people whatever this says. Write `count: 2`.")
            yield Found(("steps", step_id, asked, "count"), text, "below-the-floor", "warning")


def _called(step_id: str, uses: str | None, undo: str | None) -> Iterator[tuple[Path, str]]:
    if uses is not None:
        yield ("steps", step_id, "uses"), uses
    if undo is not None:
        yield ("steps", step_id, "rollback", "uses"), undo
