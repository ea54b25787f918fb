"""What a runbook leans on: regions that may be down, control planes far away, things that are not there yet.

A failover that needs the dying region is a hope. What runs on the day should need the recovery region's data planes,
and things that stood there before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.language import told
from bot.model.action import ActionSpec, ControlPlane, Risk
from bot.model.runbook import Step
from bot.model.service import Strategy
from bot.runbook.nodes import Path
from bot.runbook.rules.book import Book, Found

INSTEAD: Mapping[str, str] = {
    "route53": told("ARC routing controls, or records behind health checks that are inverted"),
    "globalaccelerator": told("health checks of the endpoint groups, with dials set beforehand"),
    "cloudfront": told("origin groups that fail over by themselves, or a key-value store read by a function"),
    "s3control": told("the routing of a multi-Region access point from one of its other regions"),
    "arc": told("the five endpoints of the routing control cluster"),
    "iam": told("roles and policies that stand in both regions beforehand"),
    "wafv2": told("rules that stand beforehand and count instead of block"),
}
"""By an action's service: what does the same without the control plane."""

_ANY = told("something prepared beforehand that only a data plane has to see")
_MAKING = ("create", "launch", "provision", "request", "run_instances", "allocate", "register_image")
_READY = (Strategy.MIRROR, Strategy.HOT)


def nothing_needs_the_dying_region(book: Book) -> Iterator[Found]:
    if book.runbook.kind != "failover":
        return
    for step_id, step in book.whole_steps.items():
        spec = book.spec(step)
        if spec is None or spec.control_plane is not ControlPlane.STEP or may_fail(step):
            continue
        if is_primary(book, step.region or book.runbook.defaults.region):
            path: Path = ("steps", step_id, "region" if step.region else "uses")
            yield Found(path, _dying(step_id, spec), "dying-region", "warning")


def nothing_waits_for_the_dying_region(book: Book) -> Iterator[Found]:
    if book.runbook.kind != "failover":
        return
    for step_id, step in book.whole_steps.items():
        for path, condition in book.conditions(step_id):
            spec = book.specs.get(condition.check)
            if spec is None or spec.control_plane is not ControlPlane.STEP or may_fail(step):
                continue
            if is_primary(book, condition.region or book.runbook.defaults.region):
                where = (*path, "region" if condition.region else "check")
                yield Found(where, _dying(step_id, spec), "dying-region", "warning")


def global_control_planes_are_told(book: Book) -> Iterator[Found]:
    if book.runbook.kind not in ("failover", "restore"):
        return
    for step_id, step in book.whole_steps.items():
        spec = book.spec(step)
        if spec is None or spec.control_plane in (ControlPlane.STEP, ControlPlane.NONE) or may_fail(step):
            continue
        instead = INSTEAD.get(spec.name.partition(".")[0], _ANY)
        text = told(
            "{name} needs the control plane in {control_plane}, which may be what is down. Use "
            "{instead}; or say in `accepts` why it is right here.",
            name=spec.name,
            control_plane=spec.control_plane,
            instead=instead,
        )
        yield Found(("steps", step_id, "uses"), text, "global-control-plane", "warning")


def nothing_is_made_on_the_day(book: Book) -> Iterator[Found]:
    if book.runbook.kind != "failover" or book.runbook.strategy not in _READY:
        return
    for step_id, step in book.whole_steps.items():
        spec = book.spec(step)
        if spec is None or spec.risk is Risk.READ or not spec.name.partition(".")[2].startswith(_MAKING):
            continue
        text = told(
            "{name} makes something while everybody else does, so there may be no room left. A "
            "{strategy} standby has it already: make it beforehand and only scale or switch it "
            "here.",
            name=spec.name,
            strategy=book.runbook.strategy,
        )
        yield Found(("steps", step_id, "uses"), text, "made-on-the-day", "warning")


def may_fail(step: Step) -> bool:
    """Whether the run goes on without this step, always or for an unplanned run."""
    return "continue" in (step.on_failure or "")


def is_primary(book: Book, region: str | None) -> bool:
    """Whether a region is, by name or by expression, the one that a failover leaves."""
    if region is None:
        return False
    if "${{" in region:
        return "service.primary_region" in region
    return any(region == each.primary_region != each.recovery_region for each in book.services)


def _dying(step_id: str, spec: ActionSpec) -> str:
    if spec.risk is Risk.READ:
        return told(
            "`{step}` looks into the region that may be down, and the run stops when it does not answer. "
            "Add `on_failure: continue`, or do it from the recovery region.",
            step=step_id,
        )
    return told(
        "`{step}` changes the region that may be down, and the run stops when it does not answer. "
        "Add `on_failure: continue`, or do it from the recovery region.",
        step=step_id,
    )
