"""Looks at every target of a plan at once: read only, five seconds each. What did not answer is unknown, never ok."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from pydantic import JsonValue, ValidationError

from bot.actions.catalogue import Catalogue
from bot.language import told
from bot.model.action import Finding, Look
from bot.model.errors import RoleRefused, UserError
from bot.model.plan import Plan, PlannedStep
from bot.model.service import Service
from bot.planning.forecast import data_loss, forecast
from bot.ports.aws import Clouds, Reads
from bot.ports.threads import Threads
from bot.runbook.expressions import render
from bot.runbook.scope import base_scope

PATIENCE = 5.0
"""Seconds per target."""
THREADS = 32
"""Per region: looks that hang in a lost one keep no thread from those that would be answered at once."""
Pools = Mapping[str, Threads]


async def look_at_all(
    plan: Plan, actions: Catalogue, aws: Reads, clouds: Clouds, *, patience: float = PATIENCE
) -> Plan:
    """The plan with what was seen: looks, the data that would be lost, and the forecast on that ground.

    Reads are looked at first, so that steps whose parameters read their results can be looked at too.
    """
    with _pools(step.region for step in plan.steps) as pools:
        reads = [step for step in plan.steps if step.kind == "uses" and not step.changes]
        silent: set[str] = set()
        first = await _look_at(reads, plan, {}, actions, aws, clouds, pools, silent, patience)
        seen: dict[str, JsonValue] = {
            step_id: {"outputs": dict(look.results), "state": look.state, "answer": ""}
            for step_id, look in first.items()
        }
        writes = [step for step in plan.steps if step.changes]
        second = await _look_at(writes, plan, seen, actions, aws, clouds, pools, silent, patience)
    looks = {**first, **second}
    steps = tuple(step.model_copy(update={"look": looks[step.id]}) if step.id in looks else step for step in plan.steps)
    now, objectives = plan.created_at, plan.service.objectives
    return plan.model_copy(
        update={
            "steps": steps,
            "data_loss": data_loss(steps, plan.clock, objectives.rpo, now, plan.inputs),
            "forecast": forecast(steps, plan.clock, objectives, plan.impact_started_at, now),
        }
    )


@contextmanager
def _pools(regions: Iterable[str]) -> Iterator[Pools]:
    """Threads for each region; those that still hang at the end are left behind."""
    pools = {region: Threads(THREADS, name="look") for region in set(regions)}
    try:
        yield pools
    finally:
        for pool in pools.values():
            pool.shutdown(cancel_futures=True)


async def _look_at(
    steps: list[PlannedStep],
    plan: Plan,
    seen: Mapping[str, JsonValue],
    actions: Catalogue,
    aws: Reads,
    clouds: Clouds,
    pools: Pools,
    silent: set[str],
    patience: float,
) -> dict[str, Look]:
    """Regions that turn out to be silent are added to `silent`; whoever is in there from before is not asked again."""
    mute = frozenset(silent)
    looked = await asyncio.gather(
        *(
            _look(step, plan, seen, actions, aws, clouds, pools[step.region], silent, patience)
            for step in steps
            if step.region not in mute
        )
    )
    answered = iter(looked)
    looks = [
        _unknown(told("{region} did not answer a moment ago", region=step.region))
        if step.region in mute
        else next(answered)
        for step in steps
    ]
    return {step.id: look for step, look in zip(steps, looks, strict=True)}


async def _look(
    step: PlannedStep,
    plan: Plan,
    seen: Mapping[str, JsonValue],
    actions: Catalogue,
    aws: Reads,
    clouds: Clouds,
    pool: Threads,
    silent: set[str],
    patience: float,
) -> Look:
    assert step.action is not None  # only `uses` steps come here
    act = actions[step.action]
    try:
        values = render(step.params, _scope(step, plan, seen))
        params = act.Params.model_validate({**values, "region": step.region})  # type: ignore[dict-item]  # a mapping renders to a mapping
    except UserError as unknown:
        return _unknown(told("known at run time only: {what}", what=unknown))
    except ValidationError as wrong:
        text = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in wrong.errors())
        return _blocked(text)
    try:
        looking = asyncio.get_running_loop().run_in_executor(pool, act.preflight, aws, params)
        return _guarded(await asyncio.wait_for(looking, patience), plan.service)
    except TimeoutError:
        silent.add(step.region)
        return _unknown(
            told("{region} did not answer within {patience} s", region=step.region, patience=f"{patience:g}")
        )
    except Exception as error:  # whatever a look raises, it is unknown and said so
        verdict = clouds.verdict(error, mutating=False)
        return _blocked(str(verdict)) if isinstance(verdict, RoleRefused) else _unknown(str(verdict))


def _scope(step: PlannedStep, plan: Plan, seen: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    inputs = step.inputs if step.inputs is not None else plan.inputs
    scope = base_scope(plan.service, inputs, run=plan.run, mode=plan.mode, requester=plan.requester.name)
    scope["steps"] = {
        step_id.removeprefix(step.prefix): look for step_id, look in seen.items() if step_id.startswith(step.prefix)
    }
    return scope


def _guarded(look: Look, service: Service) -> Look:
    """The look, blocked when its target is seen to belong to somebody else."""
    tag = service.guard_tag
    if tag is None or look.tags is None or look.tags.get(tag) == service.name:
        return look
    if tag in look.tags:
        carries = told("carries {tag}={value}", tag=tag, value=look.tags[tag])
    else:
        carries = told("has no tag {tag}", tag=tag)
    text = told(
        "{targets} {carries}, but this run is for {name}. Correct the runbook's target, or tag it "
        "{tag}={name} if it is the right one.",
        targets=look.targets,
        carries=carries,
        name=service.name,
        tag=tag,
    )
    return look.model_copy(update={"state": "blocked", "findings": (*look.findings, Finding(text=text, blocking=True))})


def _blocked(text: str) -> Look:
    return Look(state="blocked", findings=(Finding(text=text, blocking=True),))


def _unknown(text: str) -> Look:
    return Look(state="unknown", findings=(Finding(text=text),))
