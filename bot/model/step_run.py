"""The state of one step of a run, rebuilt from facts. Pure; `step_after` is the only way it changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import JsonValue

from bot.model.action import Before
from bot.model.base import replace
from bot.model.events import (
    ChangeFound,
    Choice,
    Fact,
    GateExpired,
    GateGranted,
    GateOpened,
    ManualAnswered,
    ManualOpened,
    PersonChose,
    StepAwaited,
    StepExecuted,
    StepFailed,
    StepHeld,
    StepNeedsPerson,
    StepObserved,
    StepOutcomeUnknown,
    StepSettled,
    StepSkipped,
    StepStarted,
    StepUndone,
    UndoFailed,
    UndoStarted,
    VoteCast,
    VoteVoided,
)
from bot.model.people import Actor
from bot.model.plan import GatePlan
from bot.model.roll import Lent


class Phase(StrEnum):
    """Where a step stands."""

    WAITING = "waiting"
    """Not begun; perhaps its needs are not met."""
    GATE = "gate"
    """People are asked."""
    CLEARED = "cleared"
    """The gate was granted; the action may begin."""
    MANUAL = "manual"
    STARTED = "started"
    """Intent written: AWS may have been called."""
    EXECUTED = "executed"
    """AWS accepted; not observed yet."""
    UNKNOWN = "unknown"
    RETRYING = "retrying"
    """Failed without effect; begins again at `due`."""
    ASKING = "asking"
    """A person must choose."""
    SETTLED = "settled"
    SKIPPED = "skipped"
    FAILED = "failed"
    """Given up; the graph goes on without it where `on_failure: continue` says so."""
    UNDOING = "undoing"
    UNDONE = "undone"

    @property
    def lets_others_pass(self) -> bool:
        return self in _PASSED

    @property
    def is_in_flight(self) -> bool:
        """AWS may be acting on our behalf."""
        return self in (Phase.STARTED, Phase.EXECUTED, Phase.UNKNOWN, Phase.UNDOING)


_PASSED = frozenset({Phase.SETTLED, Phase.SKIPPED, Phase.FAILED})


@dataclass(frozen=True, slots=True)
class Vote:
    """One counted decision."""

    person: str
    name: str
    decision: Literal["approve", "deny"]
    role: str
    comment: str
    at: datetime
    fits: tuple[str, ...] = ()
    """Places of the gate that the person may fill; empty for votes of older bots, which name their role only."""
    lent: Lent | None = None
    """Groups that Slack said they were in, where the roster does not."""


@dataclass(frozen=True)
class StepRun:
    """What we know about one step."""

    phase: Phase = Phase.WAITING
    attempt: int = 0
    epoch: int = 0
    """Of the worker that wrote the last intent; a newer one found it in doubt."""
    began_at: datetime | None = None
    """First intent, or when people were first asked."""
    intent_at: datetime | None = None
    ended_at: datetime | None = None
    undo_since: datetime | None = None
    """First intent to take it back."""
    due: datetime | None = None
    """Not before this moment."""
    refused: bool = False
    """The doubt is about an earlier call: AWS refused the last one."""
    adrift: bool = False
    """Left to people while AWS may have made the change, or be about to, and nobody has seen its end since."""
    looked_at: datetime | None = None
    """When this attempt was last looked at; None before the first look."""
    said_at: datetime | None = None
    """When something was last said of it while it was on its way."""
    before: Before | None = None
    undo_before: Before | None = None
    """What the action that takes it back noted, where that is another one."""
    token: str = ""
    params: dict[str, JsonValue] = field(default_factory=dict)
    results: dict[str, JsonValue] = field(default_factory=dict)
    seen: str = ""
    how: str = ""
    why: str = ""
    streak: int = 0
    round: int = 0
    level: int = 0
    """How often its gate turned to those who come next; whoever was asked stays asked."""
    gate_text: str = ""
    gate_typed: str | None = None
    gate_bound: str = ""
    votes: tuple[Vote, ...] = ()
    gate: GatePlan | None = None
    """Of a step that has none of its own: who is asked since something changed after the approval further up."""
    targets: tuple[str, ...] = ()
    """What people were shown last, when it was not what the plan shows."""
    entry: str = ""
    """Digest of the catalogue's entry that people were shown last, when it was not the plan's."""
    changed: str = ""
    """What was found to differ from what was approved; empty again once people have agreed to it."""
    instead_of: str = ""
    """The step further up in whose place people are asked here."""
    choices: tuple[Choice, ...] = ()
    chosen: Choice | None = None
    title: str = ""
    manual_do: tuple[str, ...] = ()
    answer: str = ""


def step_after(was: StepRun, fact: Fact, at: datetime, epoch: int, actor: Actor) -> StepRun:
    """One step's state after one fact; returns `was` itself when the fact does not concern it."""
    if was.phase.lets_others_pass and isinstance(fact, StepFailed | StepNeedsPerson | StepOutcomeUnknown):
        return was  # a look that came home after the step was over opens nothing again
    match fact:
        case StepStarted():
            # The first look is the truth; a later one may already see our own change.
            return replace(
                was, phase=Phase.STARTED, attempt=fact.attempt, epoch=epoch, intent_at=at, due=None, chosen=None,
                began_at=was.began_at or at, before=fact.before if was.before is None else was.before,
                token=fact.token, params=fact.params, title=fact.title or was.title, why="", choices=(), streak=0,
                said_at=at, looked_at=None, changed="", refused=False,
            )  # fmt: skip
        case StepExecuted():
            return replace(was, phase=Phase.EXECUTED, due=None, said_at=at)
        case StepObserved():
            phase = Phase.EXECUTED if was.phase in (Phase.STARTED, Phase.UNKNOWN) else was.phase
            return replace(
                was, phase=phase, seen=fact.seen, due=fact.look_at, streak=fact.streak, epoch=epoch,
                results=fact.results or was.results, said_at=at, looked_at=at,
            )  # fmt: skip
        case StepAwaited():
            return replace(was, seen=fact.seen, said_at=at)
        case StepHeld():
            return replace(was, phase=Phase.RETRYING, why=fact.why, due=fact.look_at, chosen=None)
        case StepSettled():
            return replace(
                was, phase=Phase.SETTLED, seen=fact.seen, results=fact.results, how=fact.how, ended_at=at, due=None,
                began_at=was.began_at or at, adrift=False,
            )  # fmt: skip
        case StepOutcomeUnknown():
            looked_at = at if was.phase is Phase.UNKNOWN else None  # the first one tells of the call, not of a look
            return replace(
                was, phase=Phase.UNKNOWN, why=fact.why, due=fact.look_at, epoch=epoch, said_at=at, looked_at=looked_at,
                refused=fact.refused,
            )  # fmt: skip
        case StepFailed(retry_at=None):
            return replace(
                was, phase=Phase.FAILED, why=fact.why, due=None, began_at=was.began_at or at, ended_at=at,
                adrift=_is_adrift(was),
            )  # fmt: skip
        case StepFailed():
            attempt = max(was.attempt, fact.attempt)
            return replace(
                was, phase=Phase.RETRYING, attempt=attempt, why=fact.why, due=fact.retry_at,
                began_at=was.began_at or at, adrift=was.adrift and was.phase is not Phase.UNKNOWN,
            )  # fmt: skip
        case StepNeedsPerson():
            return replace(
                was, phase=Phase.ASKING, why=fact.why, choices=fact.choices, due=None, chosen=None,
                adrift=_is_adrift(was) or "sent" in fact.choices,
            )  # fmt: skip
        case PersonChose(choice="wait_on"):
            return replace(was, phase=Phase.EXECUTED, intent_at=at, due=None, choices=(), why="")
        case PersonChose():
            return replace(was, chosen=fact.choice, choices=(), adrift=was.adrift and fact.choice != "not_sent")
        case StepSkipped():
            return replace(was, phase=Phase.SKIPPED, why=fact.why, ended_at=at, due=None)
        case GateOpened():
            return replace(
                was, phase=Phase.GATE, round=fact.round, gate_text=fact.text, gate_typed=fact.typed, votes=(),
                gate_bound=fact.bound, due=fact.expires_at, began_at=was.began_at or at,
            )  # fmt: skip
        case VoteCast() if was.phase is Phase.GATE and fact.round == was.round:
            vote = Vote(fact.person, actor.name, fact.decision, fact.role, fact.comment, at, fact.fits, fact.lent)
            return replace(was, votes=(*was.votes, vote))
        case VoteVoided() if fact.round == was.round:
            kept = tuple(vote for vote in was.votes if vote.person != fact.person or vote.decision == "deny")
            return replace(was, votes=kept)
        case ChangeFound():
            return replace(
                was, why=fact.why, targets=fact.targets or was.targets, entry=fact.entry or was.entry,
                gate=fact.gate or was.gate, changed=fact.why, began_at=was.began_at or at,
                instead_of=fact.instead_of or was.instead_of,
            )  # fmt: skip
        case GateGranted():
            return replace(was, phase=Phase.CLEARED, due=None, changed="")
        case GateExpired(then="escalate"):
            return replace(was, level=was.level + 1)
        case ManualOpened():
            return replace(was, phase=Phase.MANUAL, manual_do=fact.do, began_at=was.began_at or at)
        case ManualAnswered():
            return replace(was, answer=fact.value)
        case UndoStarted():
            return replace(
                was, phase=Phase.UNDOING, due=None, intent_at=at, epoch=epoch, undo_since=was.undo_since or at, seen="",
                undo_before=fact.before if was.undo_before is None else was.undo_before,
            )  # fmt: skip
        case StepUndone():
            return replace(was, phase=Phase.UNDONE, seen=fact.seen, due=None)
        case UndoFailed():
            return replace(was, phase=Phase.SETTLED, how="undo_failed", why=fact.why, due=None)
        case _:
            return was


def _is_adrift(was: StepRun) -> bool:
    """Whether the change may still come, when nobody watches the step from here on."""
    return was.adrift or was.phase in (Phase.EXECUTED, Phase.UNKNOWN)
