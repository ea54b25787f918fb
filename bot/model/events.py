"""What has happened to a run, in the past tense.

The journal stores records of these; everything else is a fold of them.

A record chains to the one before it: `hash = sha256(previous hash + canonical record)`, so that an edit,
a deletion or a swap shows. Unknown kinds from a newer bot are kept as `Unknown` and ignored by folds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, field_validator

from bot.language import _
from bot.model.action import Before
from bot.model.base import Frozen, canonical
from bot.model.errors import TooNew
from bot.model.incident_events import FileKept, RoleAccepted, RoleClaimed, RoleOffered, StatusPosted, StatusSnoozed
from bot.model.people import Actor
from bot.model.plan import Plan
from bot.model.secrets import redacted
from bot.model.text import Text

SCHEMA = 2
"""Version of the event schema; a bot drives no run whose records are newer than it knows. Raise it with every fact or
field that a driver must not overlook. Such a run can still be looked at while the fields of known facts are known.
Since 2, a text may carry its message and its values."""

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
    text: str
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


class VoteVoided(Frozen):
    """A counted approval counts no longer: its voter may not decide this any more."""

    kind: Literal["vote_voided"] = "vote_voided"
    step: str
    round: int
    person: str
    why: Text


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


class Exported(Frozen):
    kind: Literal["exported"] = "exported"
    formats: tuple[str, ...]


Known = Annotated[
    RunCreated | RunTaken | StepStarted | StepExecuted | StepObserved | StepSettled | StepOutcomeUnknown | StepFailed
    | StepNeedsPerson | PersonChose | StepSkipped | GateOpened | VoteCast | GateGranted | GateExpired | ManualOpened
    | ManualAnswered | RunPaused | RunResumed | AbortAsked | UndoStarted | StepUndone | UndoFailed | RunFinished
    | NoteAdded | ActionRefused | EvidenceSeen | Exported | StepAwaited | StepHeld | VoteVoided | RoleClaimed
    | RoleOffered | RoleAccepted | StatusPosted | StatusSnoozed | FileKept | GlassBroken | GlassReviewed,
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
Fact = Known | Unknown

_SAID = ("why", "seen", "text", "comment", "reason", "value", "what", "source", "do", "results")
"""Fields that carry words from AWS or people. Parameters are left alone: a step runs with exactly what was approved."""


class Draft(Frozen):
    """A fact on its way into the journal; a secret that somebody said or AWS answered does not travel along."""

    id: str
    """Given by the writer; a repeat is answered with the first answer."""
    at: datetime
    actor: Actor
    fact: Fact

    @field_validator("fact")
    @classmethod
    def _tells_no_secret(cls, fact: Fact) -> Fact:
        held = {**fact.__dict__, **(fact.model_extra or {})}
        said = {name: held[name] for name in _SAID if name in held}
        kept = {name: clean for name, value in said.items() if (clean := redacted(value)) != value}
        return fact.model_copy(update=kept) if kept else fact


class Record(Frozen):
    """One line of the journal."""

    id: str
    run: str
    seq: int
    """1, 2, 3 … without gaps."""
    epoch: int
    """Of the worker that appended; 0 for people and doors."""
    at: datetime
    actor: Actor
    fact: Fact
    schema_: int = Field(default=SCHEMA, alias="schema")
    hash: str = ""
    """sha256(previous record's hash + this record without `hash`, canonical)."""


def seal(drafts: Sequence[Draft], *, run: str, epoch: int, after: int, prev: str) -> Iterator[tuple[Record, bytes]]:
    """Number and chain drafts; yields each record with the canonical bytes that are stored (without the hash)."""
    for seq, draft in enumerate(drafts, start=after + 1):
        said = draft.model_dump(mode="json", by_alias=True)
        body = canonical({**said, "run": run, "seq": seq, "epoch": epoch, "schema": SCHEMA})
        prev = chain(prev, body)
        yield unsealed(draft, run=run, seq=seq, epoch=epoch, hash_=prev), body


def unsealed(draft: Draft, *, run: str, seq: int, epoch: int, hash_: str = "") -> Record:
    """The record that a draft becomes. Both are checked already, so nothing is checked again."""
    return Record.of_checked(
        {
            "id": draft.id,
            "run": run,
            "seq": seq,
            "epoch": epoch,
            "at": draft.at,
            "actor": draft.actor,
            "fact": draft.fact,
            "schema_": SCHEMA,
            "hash": hash_,
        }
    )


def body_of(record: Record) -> bytes:
    """The bytes that a record's hash is made of, as they are stored."""
    return canonical(record.model_dump(mode="json", by_alias=True, exclude={"hash"}))


def chain(prev: str, body: bytes) -> str:
    """The hash of a record whose stored bytes are `body`."""
    return hashlib.sha256(prev.encode() + body).hexdigest()


def unseal(body: bytes, hash_: str) -> Record:
    """A record from its stored bytes. Raises TooNew for one that only a newer bot understands."""
    try:
        return Record.model_validate_json(body).model_copy(update={"hash": hash_})
    except ValidationError as strange:
        said = json.loads(body)
        if isinstance(said, dict) and said.get("schema", 0) > SCHEMA:
            raise _too_new(said["run"], said["schema"]) from strange
        raise


def must_be_known(records: Iterable[Record]) -> None:
    """Raises TooNew when a newer bot has written any of them: what it meant may not be overlooked."""
    for record in records:
        if record.schema_ > SCHEMA:
            raise _too_new(record.run, record.schema_)


def _too_new(run: str, schema: int) -> TooNew:
    said = _("{run} was carried on by a newer version of the bot: schema {theirs}, and this one knows {ours}",
             run=run, theirs=schema, ours=SCHEMA)  # fmt: skip
    return TooNew(said)


def first_break(records: Iterable[Record], after: Record | None = None) -> int | None:
    """Sequence number of the first record that does not follow from the one before, or None for an unbroken chain.

    The first one follows from `after`, where that is given.
    """
    prev, expected = (after.hash, after.seq + 1) if after is not None else ("", 1)
    for record in records:
        prev = chain(prev, body_of(record))
        if record.seq != expected or record.hash != prev:
            return expected
        expected += 1
    return None
