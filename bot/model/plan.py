"""What an approver reads and the engine executes: every step rendered, every target looked at, bound by one hash."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import Field, JsonValue

from bot.language import together
from bot.model.action import Finding, Idempotency, Look, Risk
from bot.model.base import Duration, Frozen, digest
from bot.model.debt import Payment
from bot.model.people import Person
from bot.model.runbook import Clock, Condition, Manual, OnAbort, Retry, RunbookRef
from bot.model.service import Notify, RunKind, Service
from bot.model.text import Text
from bot.model.tiers import Tier


class Mode(StrEnum):
    """A dry run reads for real and simulates every write."""

    LIVE = "live"
    DRY_RUN = "dry_run"


class NextLevel(Frozen):
    """Who comes in each time that a gate expires. Nobody's place is taken, and none is added or left out."""

    groups: tuple[str, ...] = ()
    """Their members may decide too."""
    place: str = ""
    """The role that they may fill; empty for every place that is open to any voter."""
    hears: tuple[str, ...] = ()
    """Their members are told, and decide nothing."""


class GatePlan(Frozen):
    """Who must agree before a step goes on. `approve` bans the requester; `confirm` wants one person per role."""

    kind: Literal["approve", "confirm"]
    groups: tuple[str, ...] = ()
    """For `approve`: members of any of these may vote."""
    roles: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Role name and the groups that may fill it: all of a `confirm`; of an `approve` those that must be among them."""
    count: int
    typed: str | None = None
    """Still a template when it reads results of earlier steps."""
    text: str = ""
    show: tuple[str, ...] = ()
    expires: Duration
    on_expiry: Literal["escalate", "pause", "abort"] = "pause"
    escalation: tuple[NextLevel, ...] = Field(default=(), exclude_if=lambda levels: not levels)
    """Who comes in next, level by level; behind the last one the same people are asked again."""
    joined: tuple[str, ...] = Field(default=(), exclude_if=lambda groups: not groups)
    """Of a gate that has expired: the groups that came in since; they stand among those who may vote, too."""
    hears: tuple[str, ...] = Field(default=(), exclude_if=lambda groups: not groups)
    """Of a gate that has expired: the groups that were told since."""
    implied: bool = False
    """Put here by the risk floor, since the runbook asks nobody."""
    strict: bool = Field(default=False, exclude_if=lambda strict: not strict)
    """Of tier R3: never the requester, only people of the roster, and in a terminal only signed votes."""

    @property
    def voters(self) -> tuple[str, ...]:
        """Groups whose members may vote at all, whichever role they would fill."""
        return tuple(dict.fromkeys((*self.groups, *(group for _, groups in self.roles for group in groups))))

    def is_for(self, groups: tuple[str, ...], place: str = "") -> bool:
        """Whether only members of these groups fill a place: a role's, or those that are open to any voter."""
        asked = dict(self.roles).get(place, ()) if place else self.groups
        return bool(asked) and set(asked) <= set(groups)

    def at(self, level: int) -> GatePlan:
        """The same gate once it has expired so many times: more people may fill its places, never fewer places."""
        came, left = self.escalation[:level], self.escalation[level:]
        if not came:
            return self
        added = {
            each.place: tuple(g for same in came if same.place == each.place for g in same.groups) for each in came
        }
        return self.model_copy(
            update={
                "groups": (*self.groups, *added.get("", ())),
                "roles": tuple((role, (*groups, *added.get(role, ()))) for role, groups in self.roles),
                "escalation": left,
                "joined": (*self.joined, *(group for each in came for group in each.groups)),
                "hears": (*self.hears, *(group for each in came for group in each.hears)),
            }
        )


class CheckPlan(Frozen):
    """One condition of a wait, ready to be observed."""

    action: str
    region: str
    params: dict[str, JsonValue]
    condition: Condition


class UndoPlan(Frozen):
    """The author's own way back."""

    action: str
    region: str
    params: dict[str, JsonValue]


StepState = Literal["uses", "manual", "approve", "wait"]


class PlannedStep(Frozen):
    """One step, rendered as far as is known. Templates that read `steps.…` stay until their steps are done."""

    id: str
    title: str
    kind: StepState
    needs: tuple[str, ...] = ()
    prefix: str = ""
    """Of a called runbook's steps: inside them, `steps.x` means this prefix and `x`."""
    inputs: dict[str, JsonValue] | None = None
    """Of a called runbook; None means the plan's own."""
    if_: str | None = None
    """A CEL template, when it can only be decided at run time; a step that is known to be left out is not planned."""
    action: str | None = None
    region: str = ""
    params: dict[str, JsonValue] = {}
    risk: Risk = Risk.READ
    tier: Tier | None = Field(default=None, exclude_if=lambda tier: tier is None)
    """What the runbook raised the step to; None where the action's own floor stands."""
    idempotency: Idempotency = Idempotency.NATURAL
    gate: GatePlan | None = None
    manual: Manual | None = None
    checks: tuple[CheckPlan, ...] = ()
    wait_for: Duration | None = None
    every: Duration | None = None
    timeout: Duration
    on_timeout: Literal["ask", "pause", "continue", "abort"] = "ask"
    retry: Retry = Retry()
    on_failure: str = "pause"
    point_of_no_return: bool = False
    marks: tuple[str, ...] = ()
    undo: UndoPlan | None = None
    irreversible: Text | None = None
    """Why the action itself knows no way back; whether the step has one says `no_way_back`."""
    look: Look | None = None
    control_plane: str = ""
    """Region whose control plane the call needs; empty for none."""
    needs_dying_region: bool = False
    call_budget: Duration = timedelta(seconds=30)
    settle: Duration = timedelta(seconds=5)
    expected: Duration
    """Typical time until verified."""
    owes: bool = Field(default=True, exclude_if=lambda owes: owes)
    """Whether the change has to be taken back some day."""
    passes: bool = Field(default=False, exclude_if=lambda passes: not passes)
    """Whether nothing of it stands once it has settled."""
    costs: Text = Field(default="", exclude_if=lambda costs: not costs)
    """What costs money while the change stands."""
    taken_back: Text = Field(default="", exclude_if=lambda words: not words)
    """How the change is taken back when the run is over, where not by the action itself."""
    fences: bool = Field(default=False, exclude_if=lambda fences: not fences)
    """Whether it keeps the side that is left from taking writes."""
    by_hand: Text = ""
    """How a person looks whether it happened, when the bot cannot tell."""

    @property
    def changes(self) -> bool:
        """Whether the step writes to AWS."""
        return self.kind == "uses" and self.risk is not Risk.READ

    @property
    def no_way_back(self) -> str | None:
        """Why the change cannot be undone, and what to do instead; None where the author or the action has a way."""
        return self.irreversible if self.changes and self.undo is None else None

    @property
    def is_known(self) -> bool:
        """Whether its look could be taken; an unknown is never shown as ok."""
        return self.look is not None and self.look.state != "unknown"


class DataLoss(Frozen):
    """What would be lost if we acted now. `span` None means UNKNOWN, which is never zero."""

    span: Duration | None
    recovery_point: datetime | None = None
    evidence: Text
    within_target: bool | None = None


class Forecast(Frozen):
    """Predicted recovery time along the critical path, counted from customer impact."""

    elapsed: Duration
    """From impact to the moment of planning."""
    remaining: Duration
    """Expected from now to the verified end, people included."""
    target: Duration
    within_target: bool
    critical_path: tuple[str, ...]


class Plan(Frozen):
    """The exact thing that is approved and run. Any changed byte gives another hash."""

    run: str
    mode: Mode
    kind: RunKind
    service: Service
    runbook: RunbookRef
    calls: tuple[RunbookRef, ...] = Field(default=(), exclude_if=lambda calls: not calls)
    """The texts that it calls, as deep as they call each other."""
    title: str
    memory_items: tuple[str, ...] = Field(default=(), exclude_if=lambda items: not items)
    """What people do at once, before anything is asked; left out of the hash where a runbook names none."""
    requester: Person
    reason: str = ""
    inputs: dict[str, JsonValue]
    impact_started_at: datetime | None = None
    impact_evidence: Text = ""
    created_at: datetime
    expires_at: datetime
    steps: tuple[PlannedStep, ...]
    clock: Clock | None = None
    on_abort: OnAbort = OnAbort()
    notify: Notify | None = None
    data_loss: DataLoss
    forecast: Forecast
    findings: tuple[Finding, ...] = ()
    pays: tuple[Payment, ...] = Field(default=(), exclude_if=lambda pays: not pays)
    """Of a failback: what earlier runs owe, each with the step that pays it, or without one."""

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy; what was derived from the original (its hash above all) does not travel along."""
        copied = super().model_copy(update=update, deep=deep)
        for derived in ("hash", "by_id", "dependents"):
            copied.__dict__.pop(derived, None)
        return copied

    @cached_property
    def hash(self) -> str:
        """sha256 over the canonical form of everything above."""
        return digest(self.model_dump(mode="json"))

    @property
    def texts(self) -> tuple[RunbookRef, ...]:
        """Every text that its steps come from, its own runbook first."""
        return self.runbook, *self.calls

    @cached_property
    def by_id(self) -> dict[str, PlannedStep]:
        return {step.id: step for step in self.steps}

    @cached_property
    def dependents(self) -> dict[str, tuple[str, ...]]:
        """Step → the steps that need it, in plan order."""
        found: dict[str, list[str]] = {}
        for step in self.steps:
            for need in step.needs:
                found.setdefault(need, []).append(step.id)
        return {step_id: tuple(after) for step_id, after in found.items()}

    def step(self, step_id: str) -> PlannedStep:
        return self.by_id[step_id]

    @property
    def blocking(self) -> tuple[str, ...]:
        """Why this plan cannot be started; empty when it can."""
        own = tuple(finding.text for finding in self.findings if finding.blocking)
        looked = tuple(
            together((step.id, finding.text), ": ")
            for step in self.steps
            if step.look is not None
            for finding in step.look.findings
            if finding.blocking
        )
        return own + looked
