"""A runbook as its author wrote it, checked: a graph of steps, each with exactly one kind.

Strings may carry CEL expressions inside `${{ }}`; a string that is one whole expression keeps its type.
Nothing here knows YAML; positions live with the reader.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, JsonValue, StringConstraints

from bot.model.base import Duration, Frozen
from bot.model.service import Catalog, Level, Notify, RunKind, Strategy
from bot.model.tiers import Tier

Template = str
"""Text that may hold `${{ expression }}`."""

StepId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
RunbookName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)*$", max_length=80)]
InputType = Literal["string", "integer", "number", "boolean", "choice", "datetime", "duration"]
OnFailure = Literal["pause", "continue", "rollback", "abort"]
StepKind = Literal["uses", "manual", "approve", "wait", "call"]


FENCE_MARK = "fence"
"""How an author marks a step that stops writers on the side that is left, where its action cannot know: a script, a
hand. Actions that stop writers by themselves need no mark."""
IMPACT = "impact_started_at"
"""What the input is called that says when customers first felt it, unless the clock names another one."""


class Clock(Frozen):
    """Where the RTO starts and stops, and which result names the recovery point."""

    starts: str = f"inputs.{IMPACT}"
    """`inputs.<moment>`: when customers first felt it; of a drill `steps.<id>`, the step that breaks something."""
    stops: str
    """`steps.<id>`: the RTO ends when this step has verified."""
    recovery_point: str | None = None
    """`steps.<id>.outputs.<timestamp>`: the newest data known to have survived; of a restore `inputs.<moment>`."""

    @property
    def starting_step(self) -> str | None:
        """The step whose beginning starts the clock; None where a moment does."""
        parts = self.starts.split(".")
        return parts[1] if parts[0] == "steps" and len(parts) == 2 else None

    @property
    def starting_input(self) -> str | None:
        """The input that says when the clock starts."""
        parts = self.starts.split(".")
        return parts[1] if parts[0] == "inputs" and len(parts) == 2 else None


class Input(Frozen):
    """One value asked for when a run is planned."""

    type: InputType
    options: tuple[str, ...] = ()
    default: JsonValue = None
    required: bool = False
    min: float | None = None
    max: float | None = None
    pattern: str | None = None
    ask: str = ""
    """The question on the form."""


class ApproverSet(Frozen):
    """A named set of people, for gates to refer to."""

    groups: tuple[str, ...] = Field(min_length=1)


class Retry(Frozen):
    """Automatic retries; only attempts that certainly did nothing are retried."""

    max_attempts: int = Field(default=3, ge=1, le=20)
    backoff: Duration = timedelta(seconds=5)


class Defaults(Frozen):
    """What a step gets when it says nothing."""

    region: Template | None = None
    timeout: Duration = timedelta(minutes=10)
    retry: Retry = Retry()
    on_failure: Template = "pause"


class Gate(Frozen):
    """Somebody must agree: alone it is a step, beside `uses` it guards the action."""

    from_: str = Field(alias="from")
    """An approver set's name, `role.<name>`, or a group `@…`."""
    count: int = Field(default=1, ge=1, le=10)
    typed: Template | None = None
    """A phrase each approver types."""
    text: Template | None = None
    show: tuple[str, ...] = ()
    """`plan` and `steps.<id>`: what the prompt lays before the approver."""
    expires: Duration = timedelta(minutes=15)
    on_expiry: Literal["escalate", "pause", "abort"] = "pause"
    escalate_to: tuple[Level, ...] | None = None
    """Who is asked next, one entry each time that it expires; left out, the catalogue says so."""


class Confirm(Frozen):
    """Challenge and response right before an action: one person per role, all of them different people."""

    text: Template
    by: tuple[str, ...] = Field(min_length=1)
    typed: Template | None = None
    expires: Duration = timedelta(minutes=15)
    on_expiry: Literal["escalate", "pause", "abort"] = "pause"
    escalate_to: tuple[Level, ...] | None = None
    """Who is asked next, one entry each time that it expires, and which role they may fill."""


class Answer(Frozen):
    """The value that a manual step reads back."""

    field: StepId
    label: str
    pattern: str | None = None


class Nag(Frozen):
    """How a waiting person is reminded."""

    every: Duration = timedelta(minutes=5)
    escalate_after: Duration | None = None


class Manual(Frozen):
    """Work that people do by hand."""

    assignee: str
    do: tuple[Template, ...] = Field(min_length=1)
    answer: Answer | None = None
    nag: Nag | None = None


class Condition(Frozen):
    """A check and what its measure must be; without a comparison the check itself must settle."""

    check: str
    with_: dict[str, JsonValue] = Field(default_factory=dict, alias="with")
    region: Template | None = None
    gte: float | None = None
    gt: float | None = None
    lte: float | None = None
    lt: float | None = None
    eq: JsonValue = None


class Wait(Frozen):
    """Hold until all conditions are met, or for a fixed span."""

    until: tuple[Condition, ...] = ()
    for_: Duration | None = Field(default=None, alias="for")
    every: Duration = timedelta(seconds=15)
    timeout: Duration | None = None
    on_timeout: Literal["ask", "pause", "continue", "abort"] = "ask"


class Verify(Frozen):
    """What must hold after the action before the graph moves on; like a wait."""

    until: tuple[Condition, ...] = Field(min_length=1)
    every: Duration = timedelta(seconds=15)
    timeout: Duration | None = None


class Undo(Frozen):
    """Another way back than the action's own."""

    uses: str
    with_: dict[str, JsonValue] = Field(default_factory=dict, alias="with")
    region: Template | None = None


class Call(Frozen):
    """Another runbook, run in this one's place."""

    runbook: RunbookName
    with_: dict[str, JsonValue] = Field(default_factory=dict, alias="with")


class Step(Frozen):
    """One node of the graph."""

    id: StepId
    title: Template = ""
    needs: tuple[StepId, ...] = ()
    if_: Template | None = Field(default=None, alias="if")
    region: Template | None = None
    timeout: Duration | None = None
    retry: Retry | None = None
    on_failure: Template | None = None
    point_of_no_return: bool = False
    marks: tuple[str, ...] = ()
    """Words for the timeline, for example `traffic-moved`; `FENCE_MARK` says what the step is for."""
    approve: Gate | None = None
    confirm: Confirm | None = None
    uses: str | None = None
    tier: Tier | None = None
    """Raises the step above its action's own tier; never lowers it."""
    with_: dict[str, JsonValue] = Field(default_factory=dict, alias="with")
    manual: Manual | None = None
    wait: Wait | None = None
    call: Call | None = None
    verify: Verify | None = None
    rollback: Undo | None = None
    accepts: dict[str, Annotated[str, StringConstraints(min_length=10)]] = {}
    """Warnings of the lint that are right to ignore here, by rule, each with the reason."""

    @property
    def kind(self) -> StepKind:
        for kind in ("uses", "manual", "wait", "call"):
            if getattr(self, kind) is not None:
                return kind
        return "approve"


class OnAbort(Frozen):
    """What aborting offers before and after the point of no return."""

    before_no_return: Literal["rollback", "stop"] = "rollback"
    after_no_return: str = "stop"
    """`stop`, or `offer <runbook>`."""


class Runbook(Frozen):
    """One version of one runbook; `digest` is over its canonical content."""

    schema_: Literal["dr/v1"] = Field(alias="schema")
    runbook: RunbookName
    version: int | str
    title: Template
    owners: tuple[str, ...] = Field(min_length=1)
    strategy: Strategy
    kind: RunKind
    when: str
    """When to reach for it, in one sentence."""
    memory: tuple[Template, ...] = ()
    """What is done at once and without the list, three at most; it stands on top of the card."""
    clock: Clock | None = None
    inputs: dict[str, Input] = Field(default_factory=dict)
    approvers: dict[str, ApproverSet] = Field(default_factory=dict)
    defaults: Defaults = Defaults()
    steps: dict[str, Step] = Field(min_length=1)
    on_abort: OnAbort = OnAbort()
    notify: Notify | None = None
    accepts: dict[str, Annotated[str, StringConstraints(min_length=10)]] = {}
    """Warnings of the lint that are right to ignore in the whole runbook, by rule, each with the reason."""

    @property
    def impact_input(self) -> str:
        """The input that says when customers first felt it; empty where none does."""
        named = self.clock.starting_input if self.clock is not None else IMPACT
        return named if named in self.inputs and named is not None else ""


class RunbookRef(Frozen):
    """Which text a run executes, to the byte."""

    name: str
    version: str
    digest: str
    commit: str = ""
    """git commit of the runbooks folder, with `+` when it has local edits; empty outside git."""


class LoadedRunbook(Frozen):
    """A checked runbook with the text it came from."""

    runbook: Runbook
    ref: RunbookRef
    path: str
    text: str


def groups_behind(source: str, runbook: Runbook, catalog: Catalog | None) -> tuple[str, ...] | None:
    """The groups behind an approver set, `role.<name>` or `@group`; None for a name that nobody has."""
    if source.startswith("@"):
        return (source,)
    role = catalog.roles.get(source.removeprefix("role.")) if catalog and source.startswith("role.") else None
    behind = role or runbook.approvers.get(source)
    return None if behind is None else behind.groups
