"""What has happened to a run, or in a case, in the past tense.

The journal stores records of these (bot/model/records.py); everything else is a fold of them.
Unknown kinds from a newer bot are kept as `Unknown` and ignored by folds.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator

from bot.model.action import Before
from bot.model.base import Frozen
from bot.model.case import AlarmHeard, CaseAnswered, CaseDismissed, CaseLooked, CaseOpened, RemindAsked
from bot.model.incident_events import FileKept, RoleAccepted, RoleClaimed, RoleOffered, StatusPosted, StatusSnoozed
from bot.model.plan import GatePlan, Plan
from bot.model.roll import Lent
from bot.model.text import Text

SCHEMA = 2
"""Version of the event schema; a bot drives no run whose records are newer than it knows, and cannot read a known fact
with a field that it does not know. So raise it with every field of a fact that is released, and with every fact that a
driver must heed: one that changes what is begun, sent, asked or believed. A fact that is only told keeps the number:
older bots carry it along. Nothing is released yet, so that 2 means whatever the first release writes.
`tests/model/schemas` holds what each number means."""

Choice = Literal["retry", "skip", "rollback", "abort", "wait_on", "go_on", "sent", "not_sent"]
"""What a person may answer when a step needs one. `sent`/`not_sent` answer an opaque step in doubt."""


class RunCreated(Frozen):
    kind: Literal["run_created"] = "run_created"
    plan: Plan


class RunTaken(Frozen):
    """A worker owns the run from here; anything under an older epoch is refused."""

    kind: Literal["run_taken"] = "run_taken"
    owner: str
    takeover: bool = False
    """The previous owner had not parked the run: it died or froze."""


class StepStarted(Frozen):
    """Intent, written before AWS is called. The first attempt's `before` is what an undo relies on."""

    kind: Literal["step_started"] = "step_started"
    step: str
    attempt: int
    token: str = ""
    before: Before | None = None
    params: dict[str, JsonValue] = {}
    title: str = ""
    vouched_at: datetime | None = Field(default=None, exclude_if=lambda at: at is None)
    """When Slack last vouched for those who approved it, if it did not answer when they were checked again."""


class StepExecuted(Frozen):
    """AWS accepted the change. It is not done until it is observed."""

    kind: Literal["step_executed"] = "step_executed"
    step: str
    attempt: int


class StepObserved(Frozen):
    """Looked at; not there yet."""

    kind: Literal["step_observed"] = "step_observed"
    step: str
    seen: Text
    look_at: datetime
    streak: int = 0
    """How many times in a row the wanted state was seen, for checks that need several."""
    results: dict[str, JsonValue] = {}


class StepAwaited(Frozen):
    """Still on its way, and said so: nothing new was seen, but nobody should wonder whether the bot is alive."""

    kind: Literal["step_awaited"] = "step_awaited"
    step: str
    seen: Text


class StepHeld(Frozen):
    """Not begun: somebody else is changing the same resource. Tried again by itself; it counts as no attempt."""

    kind: Literal["step_held"] = "step_held"
    step: str
    why: Text
    look_at: datetime


class StepSettled(Frozen):
    """The wanted state was observed, not assumed."""

    kind: Literal["step_settled"] = "step_settled"
    step: str
    seen: Text
    results: dict[str, JsonValue] = {}
    how: Literal["executed", "adopted", "already", "simulated", "observed", "answered", "granted"] = "executed"


class StepOutcomeUnknown(Frozen):
    """The call was sent and its fate is not known. Nothing is believed before `look_at`."""

    kind: Literal["step_outcome_unknown"] = "step_outcome_unknown"
    step: str
    attempt: int
    why: Text
    look_at: datetime
    refused: bool = False
    """AWS answered that it is there already, or in motion: this call is not on its way; an earlier one may be."""


class StepFailed(Frozen):
    """The attempt failed. With `retry_at` the engine tries again by itself."""

    kind: Literal["step_failed"] = "step_failed"
    step: str
    attempt: int
    why: Text
    retry_at: datetime | None = None


class StepNeedsPerson(Frozen):
    """The engine stops here and asks; `choices` are what would be accepted."""

    kind: Literal["step_needs_person"] = "step_needs_person"
    step: str
    why: Text
    choices: tuple[Choice, ...]


class PersonChose(Frozen):
    kind: Literal["person_chose"] = "person_chose"
    step: str
    choice: Choice
    reason: str = ""


class StepSkipped(Frozen):
    kind: Literal["step_skipped"] = "step_skipped"
    step: str
    why: Text


class GateOpened(Frozen):
    """People are asked. `text` and `typed` are rendered with what is known now."""

    kind: Literal["gate_opened"] = "gate_opened"
    step: str
    round: int = 1
    text: Text
    typed: str | None = None
    expires_at: datetime
    bound: str = Field(default="", exclude_if=lambda bound: not bound)
    """Digest of the call as it would be sent; another one later voids what was approved."""


class VoteCast(Frozen):
    """One counted decision, bound to the plan's hash."""

    kind: Literal["vote_cast"] = "vote_cast"
    step: str
    round: int
    person: str
    decision: Literal["approve", "deny"]
    role: str = ""
    comment: str = ""
    plan_hash: str
    fits: tuple[str, ...] = Field(default=(), exclude_if=lambda fits: not fits)
    """The gate's places that this person may fill; which one it is in the end depends on who else votes."""
    signature: str = Field(default="", exclude_if=lambda signature: not signature)
    """SSH signature of a vote cast in a terminal, for whoever checks it later."""
    lent: Lent | None = Field(default=None, exclude_if=lambda lent: lent is None)
    """What it rests on besides the roster: what Slack said of its user groups, and when."""


class VoteVoided(Frozen):
    """A counted approval counts no longer: its voter may not decide this any more."""

    kind: Literal["vote_voided"] = "vote_voided"
    step: str
    round: int
    person: str
    why: Text


class ChangeFound(Frozen):
    """Right before sending, something was not as it was approved: what stands there, or whose word it rests on.

    Nothing was sent; people are asked anew.
    """

    kind: Literal["change_found"] = "change_found"
    step: str
    attempt: int
    why: Text
    """What was approved, and what is there now."""
    targets: tuple[str, ...] = ()
    """What the call would touch now."""
    entry: str = ""
    """Digest of the service's entry in the catalogue as it is now; empty for one that is as it was approved."""
    gate: GatePlan | None = None
    """Who is asked about a step that has no gate of its own: those who let it pass from further up."""
    instead_of: str = Field(default="", exclude_if=lambda step: not step)
    """The step whose granted gate has no quorum any more; the new answer counts for all that rests on it."""


class GateGranted(Frozen):
    kind: Literal["gate_granted"] = "gate_granted"
    step: str
    by: tuple[str, ...]


class GateExpired(Frozen):
    """A gate never approves itself."""

    kind: Literal["gate_expired"] = "gate_expired"
    step: str
    round: int
    then: Literal["escalate", "pause", "abort"]
    asks: tuple[str, ...] = Field(default=(), exclude_if=lambda groups: not groups)
    """Groups that may decide too from now on."""
    tells: tuple[str, ...] = Field(default=(), exclude_if=lambda groups: not groups)
    """Groups that hear of it, and decide nothing."""


class ManualOpened(Frozen):
    kind: Literal["manual_opened"] = "manual_opened"
    step: str
    assignee: str
    do: tuple[str, ...]


class ManualAnswered(Frozen):
    kind: Literal["manual_answered"] = "manual_answered"
    step: str
    value: str = ""


class RunPaused(Frozen):
    kind: Literal["run_paused"] = "run_paused"
    why: Text = ""


class RunResumed(Frozen):
    kind: Literal["run_resumed"] = "run_resumed"
    why: Text = ""


class AbortAsked(Frozen):
    """No step begins any more; what AWS already accepted is still watched."""

    kind: Literal["abort_asked"] = "abort_asked"
    why: Text = ""
    rollback: bool = False
    """Completed changes are undone, newest first."""


class UndoStarted(Frozen):
    kind: Literal["undo_started"] = "undo_started"
    step: str
    attempt: int = 1
    token: str = ""
    before: Before | None = Field(default=None, exclude_if=lambda before: before is None)
    """What another action that takes it back noted beforehand; the first one is what it is confirmed by."""


class StepUndone(Frozen):
    kind: Literal["step_undone"] = "step_undone"
    step: str
    seen: Text = ""


class UndoFailed(Frozen):
    """Could not be undone by us; stays on the list of what is left to do."""

    kind: Literal["undo_failed"] = "undo_failed"
    step: str
    why: Text


class RunFinished(Frozen):
    kind: Literal["run_finished"] = "run_finished"
    outcome: Literal["completed", "aborted", "rolled_back", "failed"]
    why: Text = ""


class GlassBroken(Frozen):
    """One person lifts the quorum of this run alone, until `until`. It stays open until another one reviews it."""

    kind: Literal["glass_broken"] = "glass_broken"
    step: str
    person: str
    name: str
    reason: str
    until: datetime
    groups: tuple[str, ...]
    """Those that may break it; who leaves them has broken nothing."""
    channel: str = ""
    """Where it was announced at once."""


class GlassReviewed(Frozen):
    """Somebody else has looked at why the quorum was lifted."""

    kind: Literal["glass_reviewed"] = "glass_reviewed"
    person: str
    name: str
    comment: str


class RunReviewed(Frozen):
    """Somebody says what the review of a run that is over found."""

    kind: Literal["run_reviewed"] = "run_reviewed"
    person: str
    name: str
    comment: Text


class NoteAdded(Frozen):
    kind: Literal["note_added"] = "note_added"
    text: Text
    said_at: datetime | None = None


class ActionRefused(Frozen):
    """Somebody tried what they may not, or what is over. `reason` is a stable id."""

    kind: Literal["action_refused"] = "action_refused"
    what: str
    why: Text
    reason: str
    step: str = ""


class EvidenceSeen(Frozen):
    """A fact from outside, for example an alarm's transition."""

    kind: Literal["evidence_seen"] = "evidence_seen"
    what: Text
    happened_at: datetime
    source: str
    tells_impact: bool = Field(default=True, exclude_if=lambda tells: tells is True)
    """Whether customers may have felt it from then on; an alarm that ended, or a case that was opened, says no such."""


class Exported(Frozen):
    kind: Literal["exported"] = "exported"
    formats: tuple[str, ...]


Known = Annotated[
    RunCreated | RunTaken | StepStarted | StepExecuted | StepObserved | StepSettled | StepOutcomeUnknown | StepFailed
    | StepNeedsPerson | PersonChose | StepSkipped | GateOpened | VoteCast | GateGranted | GateExpired | ManualOpened
    | ManualAnswered | RunPaused | RunResumed | AbortAsked | UndoStarted | StepUndone | UndoFailed | RunFinished
    | NoteAdded | ActionRefused | EvidenceSeen | Exported | StepAwaited | StepHeld | VoteVoided | RoleClaimed
    | RoleOffered | RoleAccepted | StatusPosted | StatusSnoozed | FileKept | GlassBroken | GlassReviewed
    | RunReviewed
    | ChangeFound | CaseOpened | CaseLooked | AlarmHeard | CaseDismissed | CaseAnswered | RemindAsked,
    Field(discriminator="kind"),
]  # fmt: skip


class Unknown(BaseModel):
    """A kind that a newer bot writes; carried along, never interpreted."""

    model_config = ConfigDict(frozen=True, extra="allow")

    kind: str

    @field_validator("kind")
    @classmethod
    def _is_new(cls, kind: str) -> str:
        if kind in _KNOWN_KINDS:
            raise ValueError(f"{kind} is known, but its fields are not as they should be")
        return kind


_KNOWN_KINDS: frozenset[str] = frozenset(fact.model_fields["kind"].default for fact in get_args(get_args(Known)[0]))
Fact = Annotated[Known | Unknown, Field(union_mode="left_to_right")]
"""What is known is read as that, and only what is not as `Unknown`; else a whole plan would be read as both."""
