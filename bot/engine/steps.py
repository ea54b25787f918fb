"""Carries one move out against AWS and answers with what came of it, as facts. Writes nothing itself but the intent.

A mutation is sent once, behind its intent and the fence, with access to its own targets and nothing else. What a
verdict or a look means is decided next door, in `outcomes`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import structlog
from pydantic import JsonValue, ValidationError

from bot.actions.base import AnyAction, Params
from bot.actions.catalogue import Catalogue
from bot.actions.policies import needs_of, session_policy
from bot.engine import outcomes
from bot.engine.asking import after_failure
from bot.engine.calls import CallAbandoned, Calls
from bot.engine.conditions import holds
from bot.engine.failpoints import reach
from bot.engine.outcomes import LOOK_AGAIN, plain
from bot.engine.scope import rendered, rendered_params
from bot.engine.second_look import forbids_way_back, objection
from bot.language import together, told
from bot.model.action import ActionSpec, Before, Idempotency, NotStarted, Observation, Settled
from bot.model.errors import BotError, Fenced, OutcomeUnknown, Retryable, StepError, UserError
from bot.model.events import (
    Fact,
    StepExecuted,
    StepSettled,
    StepStarted,
    StepUndone,
    UndoFailed,
    UndoStarted,
)
from bot.model.plan import CheckPlan, Mode, PlannedStep
from bot.model.run import Run
from bot.model.service import Catalog
from bot.model.step_run import StepRun
from bot.ports.aws import Aws, Clouds, Errand
from bot.ports.clock import Clock

log = structlog.get_logger()

TOKENS = UUID("6f1d4d53-6b0e-5c1a-9a58-6d1f3c6f8b11")
"""Namespace of idempotency tokens: uuid5(run/step), the same on every attempt."""
REMEMBER_BUDGET = timedelta(seconds=5)
"""For the look right before acting: a region that does not answer it would not take the call either."""
LOOK_BUDGET = timedelta(seconds=15)

Intend = Callable[[Fact], Awaitable[None]]
"""Append an intent durably. Raises when the run no longer wants it or belongs to another worker."""
Fence = Callable[[], None]
"""Raises when our hold on the run may be over."""


@dataclass(frozen=True, slots=True)
class _WayBack:
    """How a change is taken back: by its own action, or by another one that the author named."""

    token: str
    send: Callable[[], None]
    look: Callable[[], Observation]
    note: Callable[[], Before] | None = None
    """Another action notes first what it is confirmed by."""


class Steps:
    """What moves need to be carried out."""

    def __init__(
        self,
        actions: Catalogue,
        clouds: Clouds,
        calls: Calls,
        clock: Clock,
        catalog: Callable[[], Catalog] | None = None,
    ) -> None:
        """`catalog` is the catalogue as it is now, rules of the house and all; None where there is none to ask."""
        self._actions = actions
        self._clouds = clouds
        self._calls = calls
        self._clock = clock
        self._catalog = catalog

    # --- acting -------------------------------------------------------------------------------------------------

    async def begin(self, run: Run, planned: PlannedStep, attempt: int, intend: Intend, fence: Fence) -> Sequence[Fact]:
        """Look again, remember, write the intent, call once."""
        try:
            act, params, raw = self._prepared(run, planned)
        except (UserError, ValidationError) as problem:
            if run.plan.mode is Mode.DRY_RUN:  # it reads what only a real step before it brings
                return [outcomes.simulated(planned, plain(problem))]
            return [*after_failure(run, planned, attempt, plain(problem))]
        title = rendered(run, planned, planned.title)
        token = token_for(run.id, planned.id)
        intent = StepStarted(step=planned.id, attempt=attempt, token=token, params=raw, title=title)
        if run.plan.mode is Mode.DRY_RUN:
            return [intent, outcomes.would(planned)]
        aws = self._aws_for(run, planned, act.spec, raw, planned.region)
        try:
            before, targets = await self._last_look(planned, act, aws, params)
            catalog = self._catalog() if self._catalog is not None else None
            if refusal := objection(run, planned, attempt, targets, catalog, self._clock.now()):
                return refusal
            if await self._is_there_already(planned, act, aws, params, before):
                return [intent, StepSettled(step=planned.id, seen=told("was there already"), how="already")]
        except Exception as error:  # a look may raise anything; nothing has been changed yet
            verdict = self._verdict(error)
            return outcomes.not_begun(run, planned, attempt, verdict, self._clock.now())
        await intend(intent.model_copy(update={"before": before}))
        try:
            await self._send(fence, act.spec.call_budget, lambda: act.execute(aws, params, token))
        except Fenced:
            raise
        except Exception as error:  # whatever it raises, the verdict decides
            verdict = self._verdict(error, mutating=True)
            return outcomes.called(run, planned, attempt, verdict, self._clock.now())
        return [StepExecuted(step=planned.id, attempt=attempt)]

    async def _last_look(
        self, planned: PlannedStep, act: AnyAction, aws: Aws, params: Params
    ) -> tuple[Before, tuple[str, ...]]:
        """What undo relies on, and what the call would touch now; both are asked at once."""
        if planned.look is None or not planned.look.targets:  # approved as the expression that the plan shows
            return await self._calls.run(REMEMBER_BUDGET, act.remember, aws, params), ()
        before, look = await asyncio.gather(
            self._calls.run(REMEMBER_BUDGET, act.remember, aws, params),
            self._calls.run(REMEMBER_BUDGET, act.preflight, aws, params),
        )
        return before, look.targets

    async def _send(self, fence: Fence, budget: timedelta, call: Callable[[], None]) -> None:
        """Call once. The fence stands in the sending thread, behind any wait for a free one."""

        def fenced() -> None:
            reach("fence.before")
            fence()
            reach("call.before")
            call()
            reach("call.after")

        await self._calls.run(budget, fenced)

    async def _is_there_already(
        self, planned: PlannedStep, act: AnyAction, aws: Aws, params: Params, before: Before
    ) -> bool:
        if planned.look is None or planned.look.state != "already_done":
            return False
        seen = await self._calls.run(REMEMBER_BUDGET, act.verify, aws, params, before)
        return isinstance(seen, Settled)

    # --- looking ------------------------------------------------------------------------------------------------

    async def observe(self, run: Run, planned: PlannedStep, *, in_doubt: bool) -> Sequence[Fact]:
        """Look once and say what follows."""
        state = run.steps[planned.id]
        if planned.kind == "wait":
            return await self._observe_wait(run, planned)
        try:
            act, params, _ = self._prepared(run, planned)
            seen = await self._calls.run(LOOK_BUDGET, act.verify, self._aws(run), params, state.before or {})
        except Exception as error:  # a look may raise anything; the verdict decides
            verdict = plain(error) if isinstance(error, ValidationError | UserError) else self._verdict(error)
            return outcomes.could_not_look(run, planned, verdict, self._clock.now(), in_doubt=in_doubt)
        wanted = act.streak(params)
        return outcomes.looked(run, planned, seen, self._clock.now(), wanted=wanted, in_doubt=in_doubt)

    async def _observe_wait(self, run: Run, planned: PlannedStep) -> Sequence[Fact]:
        seen = await asyncio.gather(*(self._condition(run, planned, check) for check in planned.checks))
        text = together(text for _, text, _ in seen)
        results = {name: value for _, _, found in seen for name, value in found.items()}
        if all(met for met, _, _ in seen):
            return [StepSettled(step=planned.id, seen=text, results=results, how="observed")]
        if run.plan.mode is Mode.DRY_RUN:
            return [outcomes.simulated(planned, text, results)]
        return [outcomes.observed(planned, text, planned.every or LOOK_AGAIN, self._clock.now(), results)]

    async def _condition(
        self, run: Run, planned: PlannedStep, check: CheckPlan
    ) -> tuple[bool, str, dict[str, JsonValue]]:
        act = self._actions[check.action]
        try:
            params = act.Params.model_validate({**rendered_params(run, planned, check.params), "region": check.region})
            seen: Observation = await self._calls.run(LOOK_BUDGET, act.verify, self._aws(run), params, {})
        except Exception as error:  # an unknown is never taken for met
            return False, told("cannot look: {why}", why=self._verdict(error)), {}
        results = {} if isinstance(seen, NotStarted) else seen.results
        met, wanted = holds(check.condition, act.spec.measures, results, settled=isinstance(seen, Settled))
        text = told("{seen}, wanted {wanted}", seen=seen.seen, wanted=wanted) if wanted else seen.seen
        return met, text, results

    # --- undoing ------------------------------------------------------------------------------------------------

    async def undo(
        self, run: Run, planned: PlannedStep, intend: Intend, fence: Fence, *, in_doubt: bool
    ) -> Sequence[Fact]:
        """Take the change back, or look whether it is back."""
        state = run.steps[planned.id]
        opaque = self._is_opaque_back(planned)
        if in_doubt and opaque:
            why = state.seen or told("the worker that was sending it fell silent")
            return [outcomes.undo_untold(run, planned, why)]
        try:
            way = self._way_back(run, planned)
        except (UserError, ValidationError) as problem:
            return [UndoFailed(step=planned.id, why=plain(problem))]
        if run.plan.mode is Mode.DRY_RUN:
            return [StepUndone(step=planned.id, seen=told("simulated"))]
        try:
            if in_doubt:
                seen = await self._calls.run(LOOK_BUDGET, way.look)
                now = self._clock.now()
                if not isinstance(seen, NotStarted) or not outcomes.goes_back_again(run, planned, now):
                    return [outcomes.undo_seen(run, planned, seen, now)]
            catalog = self._catalog() if self._catalog is not None else None
            if catalog is not None and (why := forbids_way_back(run.plan, planned, catalog)):
                return [UndoFailed(step=planned.id, why=told("Not sent: {why}", why=why))]
            noted = await self._noted(state, way)
            await intend(UndoStarted(step=planned.id, attempt=state.attempt, token=way.token, before=noted))
            await self._send(fence, planned.call_budget, way.send)
        except BotError as error:
            if isinstance(error, StepError):
                return [outcomes.undo_broke(run, planned, error, self._clock.now(), opaque=opaque)]
            raise
        except Exception as error:  # whatever it raises, the verdict decides
            verdict = self._verdict(error, mutating=True)
            return [outcomes.undo_broke(run, planned, verdict, self._clock.now(), opaque=opaque)]
        if opaque:  # AWS's answer is all the evidence there will be
            return [StepUndone(step=planned.id, seen=told("sent; AWS accepted it"))]
        return [outcomes.observed(planned, told("undo sent"), timedelta(seconds=1), self._clock.now())]

    def _is_opaque_back(self, planned: PlannedStep) -> bool:
        own = planned.idempotency is Idempotency.OPAQUE
        return (
            own if planned.undo is None else self._actions[planned.undo.action].spec.idempotency is Idempotency.OPAQUE
        )

    async def _noted(self, state: StepRun, way: _WayBack) -> Before | None:
        """Nothing where AWS does not say: what cannot be noted now is no reason to leave the change standing."""
        if way.note is None or state.undo_before is not None:
            return state.undo_before
        try:
            return await self._calls.run(REMEMBER_BUDGET, way.note)
        except Exception as error:  # a look may raise anything; the way back is sent all the same
            self._verdict(error)
            return None

    def _way_back(self, run: Run, planned: PlannedStep) -> _WayBack:
        token = token_for(run.id, planned.id, "undo")
        state = run.steps[planned.id]
        if planned.undo is not None:
            other = self._actions[planned.undo.action]
            given = rendered_params(run, planned, planned.undo.params)
            params = other.Params.model_validate({**given, "region": planned.undo.region})
            aws = self._aws_for(run, planned, other.spec, given, planned.undo.region)
            noted = dict(state.undo_before or {})
            return _WayBack(
                token,
                send=lambda: other.execute(aws, params, token),
                look=lambda: other.verify(aws, params, noted),
                note=lambda: other.remember(aws, params),
            )
        before = state.before or {}
        act, own, raw = self._prepared(run, planned)
        aws = self._aws_for(run, planned, act.spec, raw, planned.region)
        return _WayBack(
            token, send=lambda: act.rollback(aws, own, before, token), look=lambda: act.undone(aws, own, before)
        )

    # --- shared -------------------------------------------------------------------------------------------------

    def _prepared(self, run: Run, planned: PlannedStep) -> tuple[AnyAction, Any, dict[str, JsonValue]]:
        assert planned.action is not None  # only `uses` steps come here
        act = self._actions[planned.action]
        raw = run.steps[planned.id].params or rendered_params(run, planned, planned.params)
        return act, act.Params.model_validate({**raw, "region": planned.region}), raw

    def _aws(self, run: Run) -> Aws:
        service = run.plan.service
        return self._clouds.for_service(service.role, person=run.plan.requester.id, external_id=service.external_id)

    def _aws_for(
        self, run: Run, planned: PlannedStep, spec: ActionSpec, params: dict[str, JsonValue], region: str
    ) -> Aws:
        """Access that allows this action on these targets and nothing else, where the service has a role."""
        service = run.plan.service
        if service.role is None:
            return self._aws(run)
        policy = session_policy(needs_of(spec, params, region=region, account=service.account))
        errand = Errand(run=run.id, step=planned.id, policy=policy)
        return self._clouds.for_step(
            service.role, person=run.plan.requester.id, external_id=service.external_id, errand=errand
        )

    def _verdict(self, error: Exception, *, mutating: bool = False) -> StepError:
        if isinstance(error, CallAbandoned):
            return OutcomeUnknown(str(error)) if mutating else Retryable(str(error))
        verdict = self._clouds.verdict(error, mutating=mutating)
        log.warning("aws-verdict", verdict=type(verdict).__name__, error=f"{type(error).__name__}: {error}"[:500])
        return verdict


def token_for(run: str, step: str, *way: str) -> str:
    """The step's idempotency token, a UUID: the same on every attempt and on every replica, and its undo's another."""
    return str(uuid5(TOKENS, "/".join((run, step, *way))))
